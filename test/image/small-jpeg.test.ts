import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { decode } from "../../src/image/decode.ts";
import { decodeSmallJpeg } from "../../src/image/small-jpeg.ts";
import { random } from "../../src/random.ts";
import { picture } from "../dataset/fixtures.ts";

/** As `decode` asks the general decoder. Undefined where it refuses or warns. */
const general = (bytes: Uint8Array) =>
  sharp(bytes, { failOn: "warning" })
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(() => undefined);

const jpeg = (seed: number, height: number, width: number, grey: boolean, options: object) => {
  const { pixels } = picture(seed, height, width);
  const image = sharp(pixels, { raw: { height, width, channels: 3 } });
  return (grey ? image.toColourspace("b-w") : image).jpeg({ progressive: false, ...options }).toBuffer();
};

describe("decodeSmallJpeg", () => {
  it("gives the general decoder's pixels, for any size, sampling and quality", async () => {
    const chance = random(11);
    let decoded = 0;
    for (let i = 0; i < 300; i++) {
      const [height, width] = [1 + chance.int(70), 1 + chance.int(70)];
      const chromaSubsampling = ["4:4:4", "4:2:0"][chance.int(2)];
      const options = { quality: 5 + chance.int(96), chromaSubsampling, optimizeCoding: chance.int(2) === 0 };
      const bytes = await jpeg(i, height, width, chance.int(4) === 0, options);
      const found = await decodeSmallJpeg(bytes);
      if (!found) continue;
      decoded++;
      const expected = (await general(bytes))!;
      const { channels } = found;
      expect({ ...expected.info, channels }).toMatchObject({ height: found.height, width: found.width });
      // A grey image comes as three equal channels from the general decoder.
      const step = expected.info.channels / channels;
      expect(
        found.pixels.every((value, p) => value === expected.data[p * step]),
        `${height} x ${width}`,
      ).toBe(true);
    }
    expect(decoded).toBeGreaterThan(250);
  });

  it.each([
    ["progressive", 40, (image: Sharp) => image.jpeg({ progressive: true })],
    ["large", 300, (image: Sharp) => image.jpeg()],
    ["with a colour profile", 40, (image: Sharp) => image.jpeg().withIccProfile("srgb")],
  ])("leaves one that is %s to the general decoder", async (_, side, saved) => {
    const { pixels } = picture(1, side, side);
    const bytes = await saved(sharp(pixels, { raw: { height: side, width: side, channels: 3 } })).toBuffer();
    expect(await decodeSmallJpeg(bytes)).toBeUndefined();
    expect((await decode(bytes)).width).toBe(side);
  });

  it("takes no damaged file that the general decoder refuses", async () => {
    const chance = random(5);
    const whole = await Promise.all([0, 1, 2].map((i) => jpeg(i, 24, 30, i === 2, { quality: 80 })));
    let refused = 0;
    for (let i = 0; i < 3000; i++) {
      let bytes = Uint8Array.from(whole[i % 3]);
      if (i % 5 === 0) bytes.fill(0, bytes.length - 1 - chance.int(bytes.length / 2));
      else for (let hit = 0; hit <= i % 3; hit++) bytes[chance.int(bytes.length)] ^= 1 << chance.int(8);
      if (i % 7 === 0) bytes = bytes.subarray(0, chance.int(bytes.length));
      const found = await decodeSmallJpeg(bytes);
      if (!found) {
        refused++;
        continue;
      }
      // Where a header is damaged that both can read, they need not read it alike.
      expect(await general(bytes), `file ${i}`).toBeDefined();
    }
    expect(refused).toBeGreaterThan(300);
  });
});
