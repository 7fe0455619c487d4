import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LocalFiles } from "../../src/dataset/files.ts";
import { writeNpy } from "../../src/dataset/npy.ts";
import { readPredictions } from "../../src/dataset/predictions.ts";
import { DATA, hasData } from "../support/data.ts";
import { inputError, memoryFiles } from "./fixtures.ts";

const expected = { classes: ["cat", "dog"], images: ["a.png", "b.png", "c.png"] };
const read = (name: string, content: Uint8Array | string, what = expected) =>
  readPredictions(memoryFiles({ [name]: content }), name, what);
const VALUES = [0.25, 0.75, 1, 0, 0.5, 0.5];

describe("readPredictions", () => {
  it("reads arrays of single and double precision", async () => {
    for (const Type of [Float32Array, Float64Array])
      expect([...(await read("p.npy", writeNpy(Type.from(VALUES), [3, 2])))]).toEqual(VALUES);
  });

  it.each([
    ["a header and files in any order", "file,dog,cat\nc.png,0.5,0.5\na.png,0.75,0.25\nb.png,0,1\n"],
    ["a header and the dataset's order", "cat,dog\n0.25,0.75\n1,0\n0.5,0.5\n"],
    ["no header", "0.25,0.75\n1,0\n0.5,0.5\n"],
  ])("reads CSV with %s", async (_, text) => {
    expect([...(await read("p.csv", text))]).toEqual(VALUES);
  });

  it("tells a header of class numbers from a row of certainties", async () => {
    const digits = { classes: ["0", "1"], images: ["a", "b"] };
    expect([...(await read("p.csv", "0,1\n0.5,0.5\n1,0\n", digits))]).toEqual([0.5, 0.5, 1, 0]);
    expect([...(await read("p.csv", "0,1\n0.5,0.5\n", digits))]).toEqual([0, 1, 0.5, 0.5]);
  });

  it.each([
    [
      "another number of images",
      writeNpy(new Float32Array(8), [4, 2]),
      /shape \(4, 2\); there are 3 images of 2 classes\. Save an array of shape \(3, 2\)/,
    ],
    ["one dimension", writeNpy(Float32Array.from(VALUES)), /shape \(6\)/],
    [
      "NaN",
      writeNpy(Float32Array.from([0.25, 0.75, Number.NaN, 0, 0.5, 0.5]), [3, 2]),
      /row 1, column 0: The value is NaN/,
    ],
    ["logits", writeNpy(Float32Array.from([-3, 4, 1, 0, 0.5, 0.5]), [3, 2]), /look like logits.*softmax\(logits\)/],
    [
      "rows that do not sum to one",
      writeNpy(Float32Array.from([0.25, 0.75, 0.9, 0.9, 0.5, 0.5]), [3, 2]),
      /row 1: The probabilities sum to 1\.800, not to one\. Save softmax/,
    ],
    ["no array", "nothing", /not a \.npy file/],
  ])("refuses %s", async (_, content, message) => {
    const error = await inputError(read("p.npy", content));
    expect(error.message).toMatch(message);
    expect(error.file).toBe("p.npy");
  });

  it.each([
    ["an unknown class", "file,cat,horse\na.png,1,0\n", /no column for the class "dog"/],
    ["an unknown file", "file,cat,dog\nz.png,1,0\n", /line 2: The dataset has no image "z\.png"/],
    ["too few rows", "cat,dog\n1,0\n", /1 rows for 3 images/],
    ["too many rows", "cat,dog\n1,0\n1,0\n1,0\n1,0\n", /line 5: There are more rows/],
    ["an empty cell", "cat,dog\n1,0\n1,\n1,0\n", /row 1, column 1/],
    ["a file twice", "file,cat,dog\na.png,1,0\na.png,1,0\nb.png,1,0\n", /a\.png.*twice/],
  ])("refuses CSV with %s", async (_, text, message) => {
    expect((await inputError(read("p.csv", text))).message).toMatch(message);
  });

  it.skipIf(!hasData("label-errors"))("reads published probabilities in Fortran order", async () => {
    expect(existsSync(DATA)).toBe(true);
    const files = new LocalFiles(join(DATA, "label-errors/cifar10-synthetic"));
    const images = Array.from({ length: 50_000 }, (_, i) => String(i));
    const classes = Array.from({ length: 10 }, (_, k) => String(k));
    expect(await readPredictions(files, "pred_probs-resnet18.npy", { classes, images })).toHaveLength(500_000);
  });
});
