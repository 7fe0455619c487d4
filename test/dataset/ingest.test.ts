import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { findDuplicates } from "../../src/dataset/duplicates.ts";
import { assertMostlyUsable, ingestShard } from "../../src/dataset/ingest.ts";
import { openDataset } from "../../src/dataset/open.ts";
import { decodePack, encodePack } from "../../src/dataset/pack.ts";
import { chooseShape } from "../../src/dataset/shape.ts";
import type { DatasetSource } from "../../src/dataset/types.ts";
import { InputError } from "../../src/errors.ts";
import { encoded, imageFolder, inputError, memoryFiles, request } from "./fixtures.ts";

const SHAPE = { height: 16, width: 12, channels: 3 as const };
let source: DatasetSource;

beforeAll(async () => {
  const content = await imageFolder({ cat: 6, dog: 6 });
  content["cat/1.png"] = new Uint8Array(0);
  content["cat/2.png"] = new TextEncoder().encode("a text file with an image's name");
  content["dog/0.png"] = (await encoded(50)).subarray(0, 300);
  content["dog/1.png"] = await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: "black" } })
    .png()
    .toBuffer();
  content["dog/2.png"] = content["dog/3.png"];
  content["dog/4.png"] = await encoded(60, "jpeg", 40, 30);
  source = await openDataset(memoryFiles(content), request());
});

describe("ingestShard", () => {
  it("passes over images that cannot be used, and says why", async () => {
    const { rows, pixels } = await ingestShard(source, 0, 12, SHAPE);
    expect(rows.map((row) => row.index)).toEqual([...Array(12).keys()]);
    expect(rows.filter((row) => row.problem).map((row) => [row.file, row.problem])).toEqual([
      ["cat/1.png", "The file is empty."],
      ["cat/2.png", "The file is not a JPEG, PNG, WebP, TIFF or GIF image, whatever its name says."],
      ["dog/0.png", "The image is cut off or damaged."],
      ["dog/1.png", "The image has more than 40 megapixels: make it smaller."],
    ]);
    expect(pixels).toHaveLength(8 * 16 * 12 * 3);
    expect(rows[10]).toMatchObject({ file: "dog/4.png", label: 1, width: 30, height: 40 });
    expect(findDuplicates(rows)).toEqual([{ a: 8, b: 9, kind: "exact" }]);
  });

  it("gives the same in shards as in one, whatever the concurrency, bit for bit", async () => {
    const whole = encodePack(await ingestShard(source, 0, 12, SHAPE, { concurrency: 1 }));
    const again = encodePack(await ingestShard(source, 0, 12, SHAPE, { concurrency: 8 }));
    expect(Buffer.compare(whole.table, again.table)).toBe(0);
    const shards = [await ingestShard(source, 0, 5, SHAPE), await ingestShard(source, 5, 12, SHAPE)];
    expect(Buffer.concat(shards.map(({ pixels }) => pixels)).equals(Buffer.from(whole.pixels))).toBe(true);
    expect(shards.flatMap(({ rows }) => rows)).toEqual((await ingestShard(source, 0, 12, SHAPE)).rows);
  });

  it("survives files that vanish between listing and reading", async () => {
    const content = await imageFolder({ a: 3, b: 3 });
    const vanishing = await openDataset(memoryFiles(content), request());
    delete content["a/1.png"];
    const { rows } = await ingestShard(vanishing, 0, 6, SHAPE);
    expect(rows.filter((row) => row.problem).map((row) => row.file)).toEqual(["a/1.png"]);
  });
});

describe("packs", () => {
  it("come back as they went, groups and metadata included", async () => {
    const pack = await ingestShard(source, 0, 12, SHAPE);
    pack.rows[0] = { ...pack.rows[0], group: "patient 1", metadata: { azimuth: 12.5, site: 'north, "left"' } };
    const { table } = encodePack(pack);
    const back = decodePack(table);
    expect(back[0]).toMatchObject({ group: "patient 1", metadata: { azimuth: 12.5, site: 'north, "left"' } });
    for (const [i, row] of pack.rows.entries()) expect(back[i]).toMatchObject(row);
  });

  it("of nothing can be read too", () => {
    expect(decodePack(encodePack({ shape: SHAPE, rows: [], pixels: new Uint8Array(0) }).table)).toEqual([]);
  });
});

describe("chooseShape", () => {
  const shapeOf = async (make: (i: number) => Promise<Uint8Array>) => {
    const content: Record<string, Uint8Array> = {};
    for (let i = 0; i < 8; i++) content[`${i % 2}/${i}.png`] = await make(i);
    return chooseShape(await openDataset(memoryFiles(content), request()));
  };

  it("takes the size that all have, and grey where all are grey", async () => {
    expect(await shapeOf((i) => encoded(i, "png", 20, 30))).toEqual({ height: 20, width: 30, channels: 3 });
    const grey = async (i: number) =>
      new Uint8Array(
        await sharp(await encoded(i))
          .greyscale()
          .png()
          .toBuffer(),
      );
    expect(await shapeOf(grey)).toEqual({ height: 24, width: 24, channels: 1 });
  });

  it("limits large images and squares mixed ones", async () => {
    expect(await shapeOf((i) => encoded(i, "png", 100, 200))).toEqual({ height: 32, width: 64, channels: 3 });
    expect(await shapeOf((i) => encoded(i, "png", 30 + i, 50))).toEqual({ height: 34, width: 34, channels: 3 });
  });

  it("refuses a dataset of which most images are damaged", async () => {
    const error = await inputError(shapeOf(async (i) => (i < 5 ? new Uint8Array(0) : encoded(i))));
    expect(error.message).toMatch(/5 of 8 images cannot be used.*The file is empty.*Repair/s);
  });
});

describe("assertMostlyUsable", () => {
  const rejected = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ file: `${i}.png`, problem: "The file is empty." }));
  it("lets half be damaged, not more", () => {
    expect(() => assertMostlyUsable("set", 10, rejected(5))).not.toThrow();
    expect(() => assertMostlyUsable("set", 10, rejected(6))).toThrow(InputError);
    expect(() => assertMostlyUsable("set", 1, rejected(1))).toThrow(/1 of 1/);
  });
});
