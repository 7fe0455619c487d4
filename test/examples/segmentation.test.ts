import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import recipe from "../../examples/segmentation/recipe.json" with { type: "json" };
import { maskedScenes, writeSegmentation } from "../../examples/segmentation/scenes.ts";
import { InputError } from "../../src/errors.ts";

const IMAGES = 5;
const [SIZE] = recipe.input.size;

describe("the segmentation example", () => {
  let room: string;
  let folder: string;
  const counted: [number, number][] = [];
  beforeAll(async () => {
    room = mkdtempSync(path.join(tmpdir(), "segmentation-"));
    folder = path.join(room, "scenes");
    await writeSegmentation(folder, { images: IMAGES }, (...progress) => counted.push(progress));
  });
  afterAll(() => rmSync(room, { recursive: true, force: true }));

  it("counts its drawings, and writes the pixels and classes that were drawn", async () => {
    expect(counted).toEqual(Array.from({ length: IMAGES }, (_, i) => [i + 1, IMAGES]));
    const { pixels, masks } = maskedScenes(IMAGES, SIZE, 7);
    const area = SIZE * SIZE;
    for (let i = 0; i < IMAGES; i++) {
      const read = (name: string, channels: number) => {
        const picture = sharp(path.join(folder, name, `${i}.png`))
          .raw()
          .toBuffer({ resolveWithObject: true });
        return picture.then(({ data, info }) => data.filter((_, at) => at % info.channels < channels));
      };
      expect(await read("images", 3)).toEqual(Buffer.from(pixels.subarray(i * area * 3, (i + 1) * area * 3)));
      expect(await read("masks", 1)).toEqual(Buffer.from(masks.subarray(i * area, (i + 1) * area)));
    }
  });

  it("is not drawn again when it is complete, and is when an image, a file or its end is missing", async () => {
    const again = (images = IMAGES) => writeSegmentation(folder, { images });
    expect(await again()).toBe(false);
    const first = readFileSync(path.join(folder, "masks/0.png"));
    for (const spoil of [
      () => rmSync(path.join(folder, "masks/0.png")),
      () => rmSync(path.join(folder, "recipe.json")),
      () => writeFileSync(path.join(folder, "segmentation.json"), "{}"),
    ]) {
      spoil();
      expect(await again()).toBe(true);
      expect(readFileSync(path.join(folder, "masks/0.png")).equals(first)).toBe(true);
      expect(await again()).toBe(false);
    }
  });

  it("keeps no image of a larger edition of itself", async () => {
    expect(await writeSegmentation(folder, { images: 3 })).toBe(true);
    expect(readdirSync(path.join(folder, "images")).sort()).toEqual(["0.png", "1.png", "2.png"]);
  });

  it("leaves a folder with other files alone", async () => {
    const other = mkdtempSync(path.join(room, "other-"));
    writeFileSync(path.join(other, "thesis.txt"), "");
    await expect(writeSegmentation(other, { images: 3 })).rejects.toThrow(InputError);
    expect(readdirSync(other)).toEqual(["thesis.txt"]);
  });
});
