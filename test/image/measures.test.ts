import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decode } from "../../src/image/decode.ts";
import { hash } from "../../src/image/hash.ts";
import { difference, MOST_DIFFERENCE, nearPairs } from "../../src/image/near.ts";
import { measure } from "../../src/image/quality.ts";
import { areaResize, type RawImage } from "../../src/image/raw.ts";
import { random } from "../../src/random.ts";
import { picture } from "../dataset/fixtures.ts";

const rawOf = ({ pixels, height, width, channels }: RawImage) => sharp(pixels, { raw: { height, width, channels } });

describe("measure", () => {
  const flat = (value: number) =>
    measure({ pixels: new Uint8Array(400).fill(value), height: 20, width: 20, channels: 1 });

  it("knows black, white and plain", () => {
    expect(flat(0)).toEqual({ brightness: 0, contrast: 0, sharpness: 0, entropy: 0, warmth: 0, greenness: 0 });
    expect(flat(255)).toMatchObject({ brightness: 1, contrast: 0, entropy: 0 });
  });

  it("gives the exact figures of a chessboard", () => {
    const pixels = Uint8Array.from({ length: 400 }, (_, i) => (((i % 20) + Math.floor(i / 20)) % 2) * 255);
    const { brightness, contrast, entropy, sharpness } = measure({ pixels, height: 20, width: 20, channels: 1 });
    expect([brightness, contrast, entropy]).toEqual([0.5, 0.5, 1]);
    // The Laplacian is +1020 or -1020 everywhere.
    expect(sharpness).toBeCloseTo(1020 ** 2, 0);
  });

  it("sees which way colours lean", () => {
    const pixels = Uint8Array.from({ length: 300 }, (_, i) => [255, 102, 0][i % 3]);
    const { warmth, greenness } = measure({ pixels, height: 10, width: 10, channels: 3 });
    expect(warmth).toBeCloseTo(1, 9);
    expect(greenness).toBeCloseTo(0.4 - 0.5, 9);
  });

  it("falls with blur", async () => {
    const image = picture(3, 64, 64);
    const { data } = await rawOf(image).blur(3).raw().toBuffer({ resolveWithObject: true });
    expect(measure({ ...image, pixels: new Uint8Array(data) }).sharpness).toBeLessThan(measure(image).sharpness / 2);
  });
});

describe("areaResize", () => {
  it("keeps the mean, up and down", () => {
    const values = Float32Array.from({ length: 7 * 5 }, (_, i) => (i * 37) % 100);
    const mean = (array: Float32Array) => array.reduce((sum, value) => sum + value, 0) / array.length;
    for (const [height, width] of [
      [3, 2],
      [14, 10],
      [32, 32],
      [1, 1],
    ])
      expect(mean(areaResize({ values, height: 7, width: 5 }, height, width).values)).toBeCloseTo(mean(values), 3);
  });
});

describe("hash", () => {
  it("is the same for the same pixels in any lossless format, and for grey saved as colour", async () => {
    const image = picture(1, 30, 40, 1);
    const grey = rawOf(image).toColourspace("b-w");
    const exact = hash(image).exact;
    for (const bytes of [
      await grey.clone().png().toBuffer(),
      await rawOf(image).toColourspace("srgb").png().toBuffer(),
      await rawOf(image).webp({ lossless: true }).toBuffer(),
    ])
      expect(hash(await decode(bytes)).exact).toBe(exact);
    expect(hash({ ...image, height: 40, width: 30 }).exact).not.toBe(exact);
  });

  it("finds copies re-encoded, resized or brightened, and nothing else, among 400 pictures", async () => {
    const originals = Array.from({ length: 400 }, (_, i) => picture(i, 48, 48));
    const changed = await Promise.all([
      rawOf(originals[5]).jpeg({ quality: 60 }).toBuffer(),
      rawOf(originals[6]).resize(30, 30).png().toBuffer(),
      rawOf(originals[7]).webp({ quality: 60 }).toBuffer(),
      rawOf(originals[8]).modulate({ brightness: 1.02 }).png().toBuffer(),
    ]);
    const hashes = [...originals, ...(await Promise.all(changed.map(decode)))].map((image) => hash(image));
    const pairs = nearPairs(
      hashes.map((each) => each.perceptual),
      hashes.map((each) => each.signature),
    );
    expect(pairs.sort((a, b) => a[0] - b[0])).toEqual([
      [5, 400],
      [6, 401],
      [7, 402],
      [8, 403],
    ]);
  });

  it("agrees with comparing each with each", () => {
    const chance = random(4);
    // Few bits differ, and all signatures are equal: the hashes decide.
    const hashes = Array.from({ length: 300 }, () => {
      const flips = Array.from({ length: chance.int(9) }, () => chance.int(64));
      return flips
        .reduce((bits, at) => bits ^ (1n << BigInt(at)), 0x0f0f_1234_5678_9abcn)
        .toString(16)
        .padStart(16, "0");
    });
    const signature = Uint8Array.from({ length: 256 }, (_, i) => i);
    const expected: string[] = [];
    for (let a = 0; a < 300; a++)
      for (let b = a + 1; b < 300; b++) {
        const differing = (BigInt(`0x${hashes[a]}`) ^ BigInt(`0x${hashes[b]}`)).toString(2).replaceAll("0", "").length;
        if (differing <= 7) expected.push(`${a} ${b}`);
      }
    const found = nearPairs(
      hashes,
      hashes.map(() => signature),
    );
    expect(found.map(([a, b]) => `${a} ${b}`).sort()).toEqual(expected.sort());
    expect(expected.length).toBeGreaterThan(1000);
  });

  it("looks at the grey values where hashes agree", () => {
    const a = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(difference(a, a)).toBe(0);
    expect(
      difference(
        a,
        a.map((value) => Math.min(255, value + 3)),
      ),
    ).toBeLessThan(MOST_DIFFERENCE);
    expect(
      difference(
        a,
        a.map((value) => 255 - value),
      ),
    ).toBeGreaterThan(1);
  });
});
