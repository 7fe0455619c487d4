import { describe, expect, it } from "vitest";
import type { ImageShape } from "../../src/dataset/types.ts";
import { augmenter } from "../../src/model/augment.ts";
import { perturbed, variantsFor } from "../../src/model/perturb.ts";
import { imageWriter } from "../../src/model/preprocess.ts";
import type { Recipe } from "../../src/model/types.ts";
import { random } from "../../src/random.ts";

const GREY: ImageShape = { height: 20, width: 16, channels: 1 };
const COLOUR: ImageShape = { height: 20, width: 20, channels: 3 };
const sizeOf = ({ height, width, channels }: ImageShape): number => height * width * channels;

function noise(shape: ImageShape, seed: number): Uint8Array {
  const chance = random(seed);
  return Uint8Array.from({ length: sizeOf(shape) }, () => chance.int(256));
}

describe("changed copies of an image", () => {
  const change = (id: string, image: Uint8Array, shape: ImageShape): Uint8Array =>
    perturbed(variantsFor(shape).find((variant) => variant.id === id)!, image, shape);

  it("leave the image as it is where nothing is asked, and every other one changes it", () => {
    const image = noise(COLOUR, 1).map((value) => 10 + value * 0.8);
    for (const variant of variantsFor(COLOUR))
      expect(Buffer.compare(perturbed(variant, image, COLOUR), image) === 0, variant.id).toBe(variant.kind === "given");
  });

  it("change each of several images alike", () => {
    const [one, other] = [noise(GREY, 1), noise(GREY, 2)];
    for (const variant of variantsFor(GREY)) {
      const both = perturbed(variant, Uint8Array.from([...one, ...other]), GREY);
      expect(both).toEqual(Uint8Array.from([...perturbed(variant, one, GREY), ...perturbed(variant, other, GREY)]));
    }
  });

  it("move a point by as many pixels as they say", () => {
    const image = new Uint8Array(sizeOf(GREY));
    image[10 * 16 + 8] = 200;
    expect(change("2 px right", image, GREY)[10 * 16 + 10]).toBe(200);
    expect(change("4 px up", image, GREY)[6 * 16 + 8]).toBe(200);
  });

  it("undo themselves where they turn values, sides or channels round", () => {
    const image = noise(COLOUR, 3);
    for (const id of ["inverted", "mirrored", "upside down", "rows and columns swapped", "red and blue swapped"])
      expect(change(id, change(id, image, COLOUR), COLOUR), id).toEqual(image);
    expect(change("inverted", image, COLOUR)[7]).toBe(255 - image[7]);
    expect(change("twice as bright", image, COLOUR)[7]).toBe(Math.min(255, 2 * image[7]));
  });

  it("stretch whatever an image was scaled by, and leave one of a single value as it is", () => {
    const dim = noise(COLOUR, 5).map((value) => 20 + value / 8);
    const full = change("stretched to the full range of values", dim, COLOUR);
    expect([full.reduce((a, b) => Math.min(a, b)), full.reduce((a, b) => Math.max(a, b))]).toEqual([0, 255]);
    const flat = new Uint8Array(sizeOf(COLOUR)).fill(77);
    expect(change("stretched to the full range of values", flat, COLOUR)).toEqual(flat);
  });

  it("cover a square of three tenths of the side by the channel's mean, and nothing else", () => {
    const image = noise(COLOUR, 4);
    const covered = change("covered at the bottom right", image, COLOUR);
    const blue = image.filter((_, i) => i % 3 === 2);
    const mean = blue.reduce((sum, value) => sum + value, 0) / blue.length;
    for (let y = 0; y < 20; y++)
      for (let x = 0; x < 20; x++) {
        const at = (y * 20 + x) * 3 + 2;
        const inside = y >= 14 && x >= 14;
        if (inside) expect(Math.abs(covered[at] - mean)).toBeLessThanOrEqual(0.5);
        else expect(covered[at]).toBe(image[at]);
      }
  });

  it("ask for no change that an image of this shape cannot have", () => {
    const ids = variantsFor(GREY).map(({ id }) => id);
    expect(ids).not.toContain("red and blue swapped");
    expect(ids).not.toContain("rows and columns swapped");
    expect(variantsFor({ height: 128, width: 128, channels: 3 }).map(({ amount }) => amount)).toContain(16);
  });
});

describe("augmentation that covers a part", () => {
  it("paints one square of one colour, as large as is allowed at most, and another one for another seed", () => {
    const image = noise(COLOUR, 5).map((value) => (value === 0 ? 1 : value));
    const cover = augmenter({ erase: 0.5 }, COLOUR);
    const sides: number[] = [];
    const colours = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const out = new Float32Array(image.length);
      cover(image, 0, seed, out);
      const changed = [...out.keys()].filter((i) => out[i] !== image[i]);
      const pixels = new Set(changed.map((i) => Math.floor(i / 3)));
      const [rows, columns] = [[...pixels].map((p) => Math.floor(p / 20)), [...pixels].map((p) => p % 20)];
      const side = pixels.size === 0 ? 0 : Math.max(...rows) - Math.min(...rows) + 1;
      expect(pixels.size).toBe(side ** 2);
      if (side > 0) expect(Math.max(...columns) - Math.min(...columns) + 1).toBe(side);
      expect(new Set(changed.map((i) => `${i % 3}:${out[i]}`)).size).toBeLessThanOrEqual(3);
      sides.push(side);
      for (const i of changed) colours.add(Math.round(out[i]));
    }
    expect(Math.max(...sides)).toBe(10);
    expect(Math.max(...colours) - Math.min(...colours)).toBeGreaterThan(200);
  });
});

describe("images without a property", () => {
  const written = (image: Uint8Array, shape: ImageShape, more: Partial<Recipe["input"]>): Float32Array => {
    const input: Recipe["input"] = {
      size: [shape.height, shape.width],
      channels: shape.channels,
      scale: "0..255",
      order: "rgb",
      ...more,
    };
    const out = new Float32Array(image.length);
    imageWriter(shape, input)(image, 0, out, 0);
    return out;
  };

  it("are blank in the masked boxes and as they are elsewhere", () => {
    const image = noise(GREY, 6);
    const out = written(image, GREY, { mask: [[0, 0.75, 0.25, 1]] });
    for (let y = 0; y < 20; y++)
      for (let x = 0; x < 16; x++) expect(out[y * 16 + x]).toBe(y < 5 && x >= 12 ? 0 : image[y * 16 + x]);
  });

  it("have one brightness and contrast, whatever light they were taken in", () => {
    const image = noise(GREY, 7);
    const dim = image.map((value) => 40 + Math.round(value / 4));
    const [one, other] = [written(image, GREY, { equalize: true }), written(dim, GREY, { equalize: true })];
    const mean = one.reduce((sum, value) => sum + value, 0) / one.length;
    expect(mean).toBeCloseTo(127.5, 2);
    const spread = Math.sqrt(one.reduce((sum, value) => sum + (value - mean) ** 2, 0) / one.length);
    expect(spread).toBeCloseTo(64, 2);
    for (const [i, value] of one.entries()) expect(Math.abs(value - other[i])).toBeLessThan(3);
    expect(new Set(written(new Uint8Array(image.length).fill(90), GREY, { equalize: true }))).toEqual(new Set([127.5]));
  });

  it("show no trace of a mask's place once they are equal: it gets the mean", () => {
    const out = written(noise(GREY, 8), GREY, { equalize: true, mask: [[0, 0, 0.5, 0.5]] });
    for (let y = 0; y < 10; y++) for (let x = 0; x < 8; x++) expect(out[y * 16 + x]).toBe(127.5);
  });
});
