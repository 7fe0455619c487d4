import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { writeNpy } from "../../src/dataset/npy.ts";
import { openDataset } from "../../src/dataset/open.ts";
import type { DatasetSource } from "../../src/dataset/types.ts";
import { inputError, memoryFiles, request } from "./fixtures.ts";

const pixelsOf = (count: number, each: number) =>
  Uint8Array.from({ length: count * each }, (_, i) => Math.floor(i / each) + (i % each));
const header = (magic: number, ...sides: number[]) =>
  new Uint8Array(Buffer.concat([magic, ...sides].map((side) => Buffer.from(Uint32Array.of(side).buffer).reverse())));
const idxImages = (count: number) => Buffer.concat([header(0x803, count, 2, 3), pixelsOf(count, 6)]);
const idxLabels = (labels: number[]) => Buffer.concat([header(0x801, labels.length), Uint8Array.from(labels)]);
const LABELS = [3, 1, 3, 1, 3, 1];

async function pixels(source: DatasetSource, from: number, to: number): Promise<[number, number[]][]> {
  const found: [number, number[]][] = [];
  for await (const { index, image } of source.read(from, to)) {
    if (image.kind !== "pixels") throw new Error(image.kind);
    expect([image.height, image.width]).toEqual([2, 3]);
    found.push([index, [...image.pixels]]);
  }
  return found;
}
const row = (k: number) => [0, 1, 2, 3, 4, 5].map((i) => k + i);

describe("IDX", () => {
  const folder = {
    "train-images-idx3-ubyte.gz": gzipSync(idxImages(6)),
    "train-labels-idx1-ubyte.gz": gzipSync(idxLabels(LABELS)),
    "t10k-images.idx3-ubyte": idxImages(4),
    "t10k-labels.idx1-ubyte": idxLabels([1, 3, 1, 3]),
  };

  it("finds MNIST's names in a folder, packed or not, and reads any range", async () => {
    const source = await openDataset(memoryFiles(folder), request());
    expect(source).toMatchObject({ format: "idx", classes: ["1", "3"], splits: "given" });
    expect(source.samples.map(({ file, split, label }) => `${file} ${split} ${label}`).slice(2, 6)).toEqual([
      "t10k-images.idx3-ubyte/2 test 0",
      "t10k-images.idx3-ubyte/3 test 1",
      "train-images-idx3-ubyte/0 train 1",
      "train-images-idx3-ubyte/1 train 0",
    ]);
    expect(await pixels(source, 3, 6)).toEqual([
      [3, row(3)],
      [4, row(0)],
      [5, row(1)],
    ]);
    expect(await pixels(source, 9, 10)).toEqual([[9, row(5)]]);
  });

  it("opens a single pair and makes splits", async () => {
    const source = await openDataset(
      memoryFiles({ "x/images-idx3-ubyte": idxImages(6), "x/labels-idx1-ubyte": idxLabels(LABELS) }),
      request("x/images-idx3-ubyte"),
    );
    expect([source.splits, source.samples.length]).toEqual(["made", 6]);
    expect(await pixels(source, 2, 3)).toEqual([[2, row(2)]]);
  });

  it.each([
    ["labels are absent", { "images-idx3-ubyte": idxImages(2) }, /labels-idx1-ubyte.*not beside it/],
    [
      "counts differ",
      { "images-idx3-ubyte": idxImages(2), "labels-idx1-ubyte": idxLabels([1]) },
      /2 images and 1 labels/,
    ],
    [
      "it is something else",
      { "images-idx3-ubyte": Buffer.from("PNG? no."), "labels-idx1-ubyte": idxLabels([1]) },
      /not an IDX file/,
    ],
    [
      "labels are cut off",
      { "images-idx3-ubyte": idxImages(2), "labels-idx1-ubyte": idxLabels([1, 2]).subarray(0, 9) },
      /cut off/,
    ],
  ])("refuses data where %s", async (_, content, message) => {
    expect(
      (await inputError(openDataset(memoryFiles(content as Record<string, Uint8Array>), request()))).message,
    ).toMatch(message);
  });

  it("says when images are cut off", async () => {
    const files = memoryFiles({
      "images-idx3-ubyte": idxImages(6).subarray(0, 40),
      "labels-idx1-ubyte": idxLabels(LABELS),
    });
    const source = await openDataset(files, request());
    expect((await inputError(pixels(source, 0, 6))).message).toMatch(/ends before its last image/);
  });
});

describe("npz", () => {
  const arrays = (prefix: string, count: number) => ({
    [`${prefix}_images.npy`]: writeNpy(pixelsOf(count, 6), [count, 2, 3]),
    [`${prefix}_labels.npy`]: writeNpy(
      Uint8Array.from({ length: count }, (_, i) => i % 2),
      [count, 1],
    ),
  });
  const medical = zipSync({ ...arrays("train", 6), ...arrays("val", 2), ...arrays("test", 4) }, { level: 6 });

  it("reads MedMNIST's keys", async () => {
    const source = await openDataset(memoryFiles({ "set.npz": medical }), request("set.npz"));
    expect(source).toMatchObject({ format: "npz", classes: ["0", "1"], splits: "given" });
    expect(source.samples.map((sample) => sample.split).join(" ")).toBe(
      "train train train train train train validation validation test test test test",
    );
    expect(source.samples[7].file).toBe("val_images/1");
    expect(await pixels(source, 5, 9)).toEqual([
      [5, row(5)],
      [6, row(0)],
      [7, row(1)],
      [8, row(0)],
    ]);
  });

  it("reads Keras' keys and colour, from a folder that holds one archive", async () => {
    const bytes = zipSync({
      "x_train.npy": writeNpy(pixelsOf(4, 18), [4, 2, 3, 3]),
      "y_train.npy": writeNpy(Int32Array.of(5, 6, 5, 6)),
      "x_test.npy": writeNpy(pixelsOf(2, 18), [2, 2, 3, 3]),
      "y_test.npy": writeNpy(Int32Array.of(5, 6)),
    });
    const source = await openDataset(memoryFiles({ "set.npz": bytes }), request());
    expect([source.classes, source.samples.filter(({ split }) => split === "test").length]).toEqual([["5", "6"], 2]);
    for await (const { image } of source.read(1, 2)) expect(image).toMatchObject({ kind: "pixels", channels: 3 });
  });

  it.each([
    ["not an archive", Buffer.from("no zip"), /not a readable npz/],
    ["no images", zipSync({ "weights.npy": writeNpy(new Float32Array(3)) }), /No array of images.*train_images/],
    ["no labels", zipSync({ "train_images.npy": writeNpy(pixelsOf(2, 6), [2, 2, 3]) }), /save.*labels/i],
    [
      "several labels a row",
      zipSync({
        "train_images.npy": writeNpy(pixelsOf(2, 6), [2, 2, 3]),
        "train_labels.npy": writeNpy(new Uint8Array(28), [2, 14]),
      }),
      /single-label/,
    ],
    [
      "labels that are no numbers of classes",
      zipSync({
        "train_images.npy": writeNpy(pixelsOf(2, 6), [2, 2, 3]),
        "train_labels.npy": writeNpy(Float32Array.of(0.5, 1)),
      }),
      /row 0 is 0\.5/,
    ],
  ])("refuses %s", async (_, bytes, message) => {
    expect((await inputError(openDataset(memoryFiles({ "set.npz": bytes }), request("set.npz")))).message).toMatch(
      message,
    );
  });

  it("refuses images that are not bytes", async () => {
    const bytes = zipSync({
      "train_images.npy": writeNpy(new Float32Array(24), [4, 2, 3]),
      "train_labels.npy": writeNpy(Uint8Array.of(0, 1, 0, 1)),
    });
    const source = await openDataset(memoryFiles({ "set.npz": bytes }), request("set.npz"));
    expect((await inputError(pixels(source, 0, 1))).message).toMatch(/Save them as uint8/);
  });
});
