import { describe, expect, it } from "vitest";
import { openDataset, openListed } from "../../src/dataset/open.ts";
import { imageFolder, inputError, memoryFiles, request } from "./fixtures.ts";

const pixel = Uint8Array.of(1);
const keys = (...names: string[]) => memoryFiles(Object.fromEntries(names.map((name) => [name, pixel])));

describe("image folders", () => {
  it("takes folder names as classes in natural order, and makes stratified splits", async () => {
    const files = memoryFiles(await imageFolder({ "class 10": 10, "class 2": 10 }));
    const source = await openDataset(files, request());
    expect(source).toMatchObject({ format: "folder", classes: ["class 2", "class 10"], splits: "made" });
    const count = (split: string) => source.samples.filter((sample) => sample.split === split).length;
    expect([count("train"), count("validation"), count("test")]).toEqual([14, 2, 4]);
    expect((await openDataset(files, request())).samples).toEqual(source.samples);
    expect((await openDataset(files, request(".", { seed: 8 }))).samples).not.toEqual(source.samples);
  });

  it("takes split folders as given", async () => {
    const files = keys(
      "train/cat/1.jpg",
      "train/dog/1.JPG",
      "val/cat/2.jpg",
      "test/cat/3.jpeg",
      "test/dog/deep/er/4.webp",
      "README.md",
    );
    const { samples, splits, classes } = await openDataset(files, request());
    expect([splits, classes]).toEqual(["given", ["cat", "dog"]]);
    expect(samples.map(({ file, label, split }) => [file, label, split])).toEqual([
      ["test/cat/3.jpeg", 0, "test"],
      ["test/dog/deep/er/4.webp", 1, "test"],
      ["train/cat/1.jpg", 0, "train"],
      ["train/dog/1.JPG", 1, "train"],
      ["val/cat/2.jpg", 0, "validation"],
    ]);
  });

  it("tests on the validation folder where there is no test folder", async () => {
    const files = keys("training/a/1.png", "training/b/1.png", "valid/a/2.png", "valid/b/2.png");
    const { samples, splits } = await openDataset(files, request());
    expect(splits).toBe("given");
    expect(samples.map((sample) => sample.split)).toEqual(["train", "train", "test", "test"]);
  });

  it("takes class names that differ by case between splits as one, within a split as two", async () => {
    const one = await openDataset(
      keys("train/Mug/1.png", "train/plate/1.png", "test/mug/2.png", "test/Plate/2.png"),
      request(),
    );
    expect(one.classes).toHaveLength(2);
    const two = await openDataset(keys("A/1.png", "A/2.png", "a/1.png", "a/2.png"), request());
    expect(two.classes).toEqual(["a", "A"]);
  });

  it("passes over one folder around everything, hidden files and leftovers", async () => {
    const files = keys(
      "set/train/a/1.png",
      "set/train/b/1.png",
      "set/test/a/2.png",
      "set/test/b/2.png",
      "set/train/a/._1.png",
      "__MACOSX/x.png",
    );
    const { samples } = await openDataset(files, request());
    expect(samples.map((sample) => [sample.file, sample.split])).toContainEqual(["set/test/b/2.png", "test"]);
    expect(samples).toHaveLength(4);
  });

  it("lists what it does not use", async () => {
    const files = keys("a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/3.bmp", "loose.png");
    const { rejected } = await openDataset(files, request());
    expect(rejected.map(({ file }) => file)).toEqual(["b/3.bmp", "loose.png"]);
  });

  it("reads images in order, and again from a stored listing", async () => {
    const content = await imageFolder({ a: 20, b: 20 });
    const files = memoryFiles(content);
    const { read, samples, ...listing } = await openDataset(files, request());
    const again = openListed(files, request(), JSON.parse(JSON.stringify(listing)), samples);
    for (const from of [read, again.read]) {
      const found: [number, Uint8Array][] = [];
      for await (const { index, image } of from(15, 25)) found.push([index, (image as { bytes: Uint8Array }).bytes]);
      expect(found).toEqual(samples.slice(15, 25).map((sample, i) => [15 + i, content[sample.file]]));
    }
  });
});

describe("bad input", () => {
  it.each([
    ["an empty folder", [], /No images were found\. Put images/],
    ["a folder without class folders", ["1.png", "2.png"], /lies in no class folder/],
    ["one class only", ["cat/1.png", "cat/2.png"], /one class, "cat"\. A classifier needs at least two/],
    [
      "a class with one image",
      ["cat/1.png", "cat/2.png", "dog/1.png"],
      /class "dog" has fewer than two images\. Add images/,
    ],
  ])("refuses %s", async (_, names, message) => {
    const error = await inputError(openDataset(keys(...names), request()));
    expect(error.message).toMatch(message);
    expect(error.file).toBe(".");
  });

  it("refuses paths out of the dataset, unknown formats and archives", async () => {
    for (const path of ["../elsewhere", "/etc", "https://example.com/set.tar", "C:\\set"]) {
      const error = await inputError(openDataset(keys("a/1.png"), request(path)));
      expect(error.field).toBe("data.path");
    }
    expect((await inputError(openDataset(keys("a.zip"), request("a.zip")))).message).toMatch(/\.tar\.gz/);
    expect((await inputError(openDataset(keys("a/1.png"), request(".", { format: "coco" as "csv" })))).field).toBe(
      "data.format",
    );
  });
});
