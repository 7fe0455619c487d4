import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openMasks } from "../../../src/dataset/masks/open.ts";
import { forPolygon } from "../../../src/dataset/masks/polygon.ts";
import { forRuns, unpackRunLengths } from "../../../src/dataset/masks/rle.ts";
import { IGNORE } from "../../../src/dataset/masks/types.ts";
import { encoded, inputError, memoryFiles } from "../fixtures.ts";
import published from "./fixtures/coco.json" with { type: "json" };

/** Pixels, [height, width], as forRuns and forPolygon fill them. */
function ofRuns(counts: number[], [height, width]: number[]): Uint8Array {
  const pixels = new Uint8Array(height * width);
  forRuns(counts, height, width, (column, from, to) => {
    for (let row = from; row < to; row++) pixels[row * width + column]++;
  });
  return pixels;
}

function ofPolygon(points: number[], height: number, width: number): Uint8Array {
  const pixels = new Uint8Array(height * width);
  forPolygon(points, height, width, (row, from, to) => {
    for (let column = from; column < to; column++) pixels[row * width + column]++;
  });
  return pixels;
}

describe("run lengths", () => {
  it("are those of pycocotools", () => {
    for (const { size, compressed, counts, rows, area } of published.runLengths) {
      const unpacked = unpackRunLengths(compressed, size[0] * size[1] + 1);
      if (counts) expect(unpacked).toEqual(counts);
      const pixels = ofRuns(unpacked, size);
      if (rows) expect(pixels.join("")).toBe(rows.join(""));
      if (area) expect(pixels.reduce((sum, pixel) => sum + pixel, 0)).toBe(area);
    }
  });

  it("fill each pixel of a run of ones once, whatever the runs", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 20 }),
        (height, runs) => {
          const all = runs.reduce((sum, run) => sum + run, 0);
          const width = Math.max(1, Math.ceil(all / height));
          const counts = [...runs, height * width - all];
          const pixels = ofRuns(counts, [height, width]);
          const expected: number[] = counts.flatMap((count, i) => Array(count).fill(i % 2));
          for (let i = 0; i < expected.length; i++)
            expect(pixels[(i % height) * width + Math.floor(i / height)]).toBe(expected[i]);
        },
      ),
    );
  });
});

describe("polygons", () => {
  it("agree with pycocotools, but for pixels that an edge passes", () => {
    const [height, width] = published.polygons.size;
    for (const { points, rle } of published.polygons.cases) {
      const own = ofPolygon(points, height, width);
      const theirs = ofRuns(unpackRunLengths(rle, height * width + 1), [height, width]);
      let both = 0;
      let either = 0;
      for (let i = 0; i < own.length; i++) {
        both += own[i] & theirs[i];
        either += own[i] | theirs[i];
      }
      expect(both / either).toBeGreaterThan(0.95);
      for (let i = 0; i < own.length; i++)
        if (own[i] !== theirs[i])
          expect(distanceToEdge(points, (i % width) + 0.5, Math.floor(i / width) + 0.5)).toBeLessThan(1.1);
    }
  });

  it("fill exactly the pixels whose centres are inside", () => {
    expect(ofPolygon([1, 1, 4, 1, 4, 3, 1, 3], 4, 6).join("")).toBe("000000" + "011100" + "011100" + "000000");
    expect(ofPolygon([-50, -50, 50, -50, 50, 50, -50, 50], 2, 2).join("")).toBe("1111");
  });
});

function distanceToEdge(points: number[], x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < points.length; i += 2) {
    const next = (i + 2) % points.length;
    const [dx, dy] = [points[next] - points[i], points[next + 1] - points[i + 1]];
    const t = Math.min(1, Math.max(0, ((x - points[i]) * dx + (y - points[i + 1]) * dy) / (dx * dx + dy * dy)));
    least = Math.min(least, Math.hypot(x - points[i] - t * dx, y - points[i + 1] - t * dy));
  }
  return least;
}

const image = await encoded(1);
const base = {
  images: [
    { id: 7, file_name: "a.png", width: 6, height: 4 },
    { id: 9, file_name: "b.png", width: 6, height: 4 },
  ],
  annotations: [
    { id: 1, image_id: 9, category_id: 4, iscrowd: 0, segmentation: [[0, 0, 6, 0, 6, 2, 0, 2]] },
    { id: 2, image_id: 9, category_id: 2, iscrowd: 0, segmentation: [[1, 1, 3, 1, 3, 2, 1, 2]] },
    { id: 3, image_id: 9, category_id: 2, iscrowd: 1, segmentation: { size: [4, 6], counts: [3, 1, 3, 1, 3, 1, 12] } },
  ],
  categories: [
    { id: 4, name: "plate" },
    { id: 2, name: "mug" },
  ],
};
type Coco = typeof base;
const filesOf = (coco: unknown, text = JSON.stringify(coco, null, 1)) =>
  memoryFiles({ "coco.json": text, "images/a.png": image, "images/b.png": image });

describe("a COCO file", () => {
  it("gives class indices in the order of ids, smaller objects on top, crowds left out", async () => {
    const source = await openMasks(filesOf(base), { path: "." });
    expect(source).toMatchObject({ format: "coco", classes: ["background", "mug", "plate"], rejected: [] });
    expect(source.images.map(({ file }) => file)).toEqual(["images/a.png", "images/b.png"]);
    const read = await source.open(0, 2);
    expect((await read(0)).values.every((value) => value === 0)).toBe(true);
    const { values, height, width } = await read(1);
    expect([height, width]).toEqual([4, 6]);
    const [_, x] = [0, IGNORE];
    expect([...values]).toEqual([2, 2, 2, 2, 2, 2, 2, 1, 1, 2, 2, 2, _, _, _, _, _, _, x, x, x, _, _, _]);
  });

  it("takes lists in any order, and other fields", async () => {
    const { images, annotations, categories } = base;
    const mixed = { info: { text: 'a "name": [1] \\' }, annotations, licenses: [[{ id: 1 }]], categories, images };
    const read = await (await openMasks(filesOf(mixed), { path: "coco.json" })).open(1, 2);
    expect((await read(1)).values[0]).toBe(2);
  });

  const changed = (change: (coco: Coco) => void) => {
    const copy = structuredClone(base);
    change(copy);
    return copy;
  };
  const annotation = (segmentation: unknown) =>
    changed((coco) => void (coco.annotations[0].segmentation = segmentation as never));
  it.each([
    ["annotations[0].image_id", "none of the images", changed((c) => void (c.annotations[0].image_id = 5))],
    ["annotations[1].category_id", "none of the categories", changed((c) => void (c.annotations[1].category_id = 5))],
    ["images[1].id", "twice", changed((c) => void (c.images[1].id = 7))],
    ["images[0].width", "", changed((c) => void (c.images[0].width = -3))],
    [
      "images[0].width",
      "megapixels",
      changed((c) => void Object.assign(c.images[0], { width: 90_000, height: 90_000 })),
    ],
    ["annotations[0].segmentation", "boxes alone", annotation(undefined)],
    ["annotations[0].segmentation", "neither a list of polygons", annotation({ size: [4, 6] })],
    ["annotations[0].segmentation", "cover 4 of the 24", annotation({ size: [4, 6], counts: [1, 3] })],
    ["annotations[0].segmentation", "more than the 24", annotation({ size: [4, 6], counts: [1e9, 3] })],
    ["annotations[0].segmentation", "-1 is no whole number", annotation({ size: [4, 6], counts: [-1, 25] })],
    ["annotations[0].segmentation", "end within a number", annotation({ size: [4, 6], counts: "oo" })],
    ["annotations[0].segmentation", "has no place", annotation({ size: [4, 6], counts: "0 1" })],
    ["annotations[0].segmentation", "size is [6, 4]", annotation({ size: [6, 4], counts: [24] })],
    ["annotations[0].segmentation", "4 values", annotation([[1, 2, 3, 4]])],
    ["annotations[0].segmentation", 'the value "x"', annotation([[1, 2, 3, 4, "x", 6]])],
    ["annotations[0].segmentation", "list of polygons", annotation([1, 2, 3, 4, 5, 6])],
    ["annotations", "missing or empty", { ...base, annotations: [] }],
    [
      "images[0].file_name",
      "None of its 1 images",
      { ...base, images: [{ ...base.images[0], id: 9, file_name: "z.png" }] },
    ],
  ])("%s: %s", async (field, says, coco) => {
    const error = await inputError(
      openMasks(filesOf(coco), { path: "coco.json" }).then(async (source) => (await source.open(0, 2))(1)),
    );
    expect(error).toMatchObject({ file: "coco.json", field });
    expect(error.message).toContain(says);
    expect(error.remedy).not.toBe("");
  });

  it.each([
    ["cut off", JSON.stringify(base).slice(0, -40)],
    ["no JSON object", "[1, 2]"],
    ["no JSON object", ""],
    ["annotations[0] is not JSON", JSON.stringify(base).replace('"image_id":9', '"image_id":,')],
    ["annotations is no list", JSON.stringify({ ...base, annotations: { a: 1 } })],
  ])("is refused where it is broken: %s", async (says, text) => {
    const error = await inputError(openMasks(filesOf(base, text), { path: "coco.json" }));
    expect(error.message).toContain(says);
    expect(error.file).toBe("coco.json");
  });

  it("does not follow outlines and entries without end", async () => {
    const zigzag = Array.from({ length: 40_000 }, (_, i) => [i % 2, i % 2 === 0 ? 0 : 4000]).flat();
    const tall = changed((coco) => {
      coco.images[1].height = 4000;
      coco.annotations = [{ ...coco.annotations[0], segmentation: [zigzag] }];
    });
    const source = await openMasks(filesOf(tall), { path: "coco.json" });
    const read = await source.open(1, 2);
    expect((await inputError(read(1))).message).toContain("up and down too often");
    const huge = `{"annotations": [{"segmentation": [[${"1,".repeat(20_000_000)}1]]}]}`;
    expect((await inputError(openMasks(filesOf(base, huge), { path: "coco.json" }))).message).toContain(
      "larger than 32 MB",
    );
  });
});
