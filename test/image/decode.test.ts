import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decode, ImageProblem, toShape } from "../../src/image/decode.ts";
import { thumbnail, thumbnailType } from "../../src/image/thumbnail.ts";

const ramp = Uint8Array.from({ length: 64 }, (_, i) => i * 4);
const grey = () => sharp(ramp, { raw: { width: 8, height: 8, channels: 1 } }).toColourspace("b-w");
const plain = (channels: 3 | 4, colour = { r: 250, g: 10, b: 90, alpha: 1 }) =>
  sharp({ create: { width: 6, height: 4, channels, background: colour } });
const noise = () =>
  sharp({
    create: {
      width: 64,
      height: 64,
      channels: 3,
      background: "black",
      noise: { type: "gaussian", mean: 128, sigma: 30 },
    },
  });

describe("decode", () => {
  it.each(["png", "jpeg", "webp", "tiff", "gif"] as const)("reads %s", async (format) => {
    const { pixels, height, width, channels } = await decode(await plain(3).toFormat(format).toBuffer());
    expect([height, width, channels]).toEqual([4, 6, 3]);
    for (const [i, value] of [250, 10, 90].entries()) expect(Math.abs(pixels[i] - value)).toBeLessThan(6);
  });

  it("keeps grey in one channel, at 8 and 16 bits", async () => {
    const sixteen = sharp(
      Uint16Array.from(ramp, (value) => value * 257),
      { raw: { width: 8, height: 8, channels: 1 } },
    ).toColourspace("grey16");
    for (const image of [grey().png(), sixteen.png(), grey().tiff({ compression: "lzw" })]) {
      const decoded = await decode(await image.toBuffer());
      expect(decoded.channels).toBe(1);
      expect(decoded.pixels).toEqual(ramp);
    }
  });

  it("reads colour of 16 bits and palettes", async () => {
    for (const image of [plain(3).toColourspace("rgb16").png(), plain(3).png({ palette: true })])
      expect([...(await decode(await image.toBuffer())).pixels.slice(0, 3)]).toEqual([250, 10, 90]);
  });

  it("lays transparent images on white", async () => {
    const bytes = await plain(4, { r: 255, g: 0, b: 0, alpha: 0 }).png().toBuffer();
    expect([...(await decode(bytes)).pixels.slice(0, 3)]).toEqual([255, 255, 255]);
  });

  it("turns images upright as EXIF says", async () => {
    const bytes = await plain(3).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await decode(bytes)).toMatchObject({ height: 6, width: 4 });
  });

  it("reads the first frame of an animation", async () => {
    const frames = sharp(new Uint8Array(4 * 8 * 3).fill(200, 48), {
      raw: { width: 4, height: 8, channels: 3, pageHeight: 4 },
    });
    const { height, pixels } = await decode(await frames.gif().toBuffer());
    expect([height, pixels[0]]).toEqual([4, 0]);
  });

  it.each([
    ["an empty file", async () => new Uint8Array(0), /empty/],
    [
      "text named .jpg",
      async () => new TextEncoder().encode("this is no image but a letter to a friend"),
      /not a JPEG.*whatever its name/,
    ],
    [
      "a drawing (SVG)",
      async () => new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'),
      /not a JPEG/,
    ],
    [
      "144 megapixels",
      () =>
        sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: "black" } })
          .png()
          .toBuffer(),
      /40 megapixels/,
    ],
  ])("refuses %s", async (_, make, message) => {
    const error = await decode(await make()).catch((error) => error);
    expect(error).toBeInstanceOf(ImageProblem);
    expect(error.message).toMatch(message);
  });

  it.each(["png", "jpeg", "webp", "tiff", "gif"] as const)("refuses a cut %s", async (format) => {
    const bytes = await noise().toFormat(format).toBuffer();
    const error = await decode(bytes.subarray(0, Math.floor(bytes.length * 0.6))).catch((error) => error);
    expect(error).toBeInstanceOf(ImageProblem);
    expect(error.message).toMatch(/cut off or damaged/);
  });
});

describe("toShape", () => {
  const image = { pixels: ramp, height: 8, width: 8, channels: 1 as const };
  const shape = (height: number, width: number, channels: 1 | 3) => ({ height, width, channels });

  it("leaves an image of the shape alone", async () => {
    expect(await toShape(image, shape(8, 8, 1))).toBe(ramp);
  });

  it("resizes and converts both ways", async () => {
    const small = await toShape(image, shape(4, 2, 1));
    expect(small).toHaveLength(8);
    expect([...small]).toEqual([...small].sort((a, b) => a - b));
    const colour = await toShape(image, shape(4, 2, 3));
    expect([...colour]).toEqual([...small].flatMap((value) => [value, value, value]));
    expect(await toShape({ ...image, pixels: colour, height: 4, width: 2, channels: 3 }, shape(4, 2, 1))).toEqual(
      small,
    );
    expect(
      await toShape({ pixels: Uint8Array.of(255, 0, 0), height: 1, width: 1, channels: 3 }, shape(1, 1, 1)),
    ).toEqual(Uint8Array.of(76));
  });
});

describe("thumbnail", () => {
  const image = (width: number, height: number, channels: 1 | 3 = 1) => ({
    pixels: Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 37) % 251),
    ...{ height, width, channels },
  });
  it("is a WebP of at most 96 pixels that keeps proportions", async () => {
    const size = async (width: number, height: number) => {
      const bytes = await thumbnail(image(width, height));
      const found = await sharp(bytes).metadata();
      return [found.format, found.width, found.height, thumbnailType(bytes)];
    };
    expect(await size(80, 20)).toEqual(["webp", 80, 20, "image/webp"]);
    expect(await size(400, 200)).toEqual(["webp", 96, 48, "image/webp"]);
  });

  it("is the file itself where that is a small JPEG, unless it says to be turned", async () => {
    const file = await plain(3).jpeg().toBuffer();
    expect(await thumbnail(await decode(file), file)).toEqual(new Uint8Array(file));
    expect(thumbnailType(file)).toBe("image/jpeg");
    const turned = await plain(3).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(thumbnailType(await thumbnail(await decode(turned), turned))).toBe("image/webp");
  });
});
