import sharp from "sharp";
import { describe, expect, it } from "vitest";
import {
  assertSizeOfGiven,
  findPredicted,
  lacksPrediction,
  predictedReader,
} from "../../../src/dataset/masks/predicted.ts";
import { inputError, memoryFiles } from "../fixtures.ts";

const png = (values: number[], channels: 1 | 3 = 1, width = 3) =>
  sharp(Uint8Array.from(values), { raw: { width, height: values.length / width / channels, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png()
    .toBuffer();
const found = async (keys: string[], ...images: string[]) => {
  const find = await findPredicted(memoryFiles(Object.fromEntries(keys.map((key) => [key, "x"]))), "predicted");
  return images.map(find);
};

describe("the prediction of an image", () => {
  it("is named like it, with or without folders and endings", async () => {
    expect(
      await found(
        [
          "predicted/a/7.png",
          "predicted/b/7_mask.png",
          "predicted/c/masks/7_mask_pred.tiff",
          "predicted/9-prediction.png",
        ],
        "images/a/7.jpg",
        "b/images/7.jpg",
        "scans/c/7.png",
        "test/images/9.png",
        "images/8.png",
      ),
    ).toEqual([
      "predicted/a/7.png",
      "predicted/b/7_mask.png",
      "predicted/c/masks/7_mask_pred.tiff",
      "predicted/9-prediction.png",
      undefined,
    ]);
  });

  it("goes by its whole name first: an image may be called as if it were a mask", async () => {
    const keys = ["predicted/scan.png", "predicted/scan_map.png"];
    expect(await found(keys, "images/scan_map.png", "images/scan.png")).toEqual([keys[1], keys[0]]);
  });

  it("is one of one image", async () => {
    const error = await inputError(found(["predicted/7.png"], "images/a/7.png", "images/b/7.png"));
    expect(error.message).toMatch(
      /predicted\/7\.png: subject\.predictions: .*images\/a\/7\.png and of images\/b\/7\.png/,
    );
    const two = await inputError(found(["predicted/7.png", "predicted/7.tiff"]));
    expect(two.message).toMatch(/7\.tiff: subject\.predictions: .*predicted\/7\.png.*one mask an image/);
    const none = await inputError(found(["predicted/pred_probs.npy"]));
    expect(none.message).toMatch(/^predicted: subject\.predictions: There are no masks in it/);
    expect(lacksPrediction("images/a/8.jpg", "predicted", 2).message).toMatch(
      /2 other images\. Save predicted\/a\/8\.png/,
    );
  });
});

describe("a predicted mask", () => {
  const CLASSES = ["background", "cell", "wall"];
  const read = (
    bytes: Uint8Array,
    { classes = CLASSES, colours = undefined as Record<string, string> | undefined } = {},
  ) => predictedReader(memoryFiles({ "p/1.png": bytes }), classes, { colours })("p/1.png");

  it("has class indices, or the colours that are declared", async () => {
    expect([...(await read(await png([0, 1, 2, 2, 1, 0]))).values]).toEqual([0, 1, 2, 2, 1, 0]);
    const colours = { background: "#000000", cell: "#ff0000", wall: "#00ff00" };
    const coloured = await png([0, 0, 0, 255, 0, 0, 0, 255, 0], 3);
    expect([...(await read(coloured, { colours })).values]).toEqual([0, 1, 2]);
  });

  it("of two classes is black and white as well, in one channel or three", async () => {
    const classes = ["background", "cell"];
    expect([...(await read(await png([0, 255, 0]), { classes })).values]).toEqual([0, 1, 0]);
    expect([...(await read(await png([0, 1, 0]), { classes })).values]).toEqual([0, 1, 0]);
    expect([...(await read(await png([0, 0, 0, 255, 255, 255, 0, 0, 0], 3), { classes })).values]).toEqual([0, 1, 0]);
    const yellow = await inputError(read(await png([0, 0, 0, 255, 255, 0, 0, 0, 0], 3), { classes }));
    expect(yellow.message).toMatch(/in colour where class indices are expected/);
  });

  it("has a class in every pixel, and one of the classes", async () => {
    const index = await inputError(read(await png([0, 0, 0, 0, 3, 0])));
    expect(index.message).toMatch(
      /p\/1\.png: classes: The pixel at row 1, column 1 has class index 3, and there are 3/,
    );
    const left = await inputError(read(await png([0, 0, 0, 0, 1, 255])));
    expect(left.message).toMatch(/p\/1\.png: subject\.predictions: The pixel at row 1, column 2 .*Give every pixel/);
    const colours = { background: "#000000", cell: "#010101", ignore: "#ffffff" };
    const ignored = await inputError(read(await png([0, 1, 255]), { classes: CLASSES.slice(0, 2), colours }));
    expect(ignored.message).toMatch(/row 0, column 2 has no class/);
    const unknown = await inputError(read(await png([0, 1, 9]), { classes: CLASSES.slice(0, 2), colours }));
    expect(unknown.message).toMatch(/data\.masks\.colours: .*#090909/);
    expect((await inputError(read(new TextEncoder().encode("no image")))).message).toMatch(/Export the mask again/);
  });

  it("has the size of the given one", async () => {
    const mask = await read(await png([0, 1, 2, 2, 1, 0]));
    expect(() => assertSizeOfGiven(mask, { height: 2, width: 3 }, "p/1.png", "1.png")).not.toThrow();
    expect(() => assertSizeOfGiven(mask, { height: 3, width: 3 }, "p/1.png", "1.png")).toThrow(
      /p\/1\.png: subject\.predictions: The predicted mask is 3 x 2 pixels, the given one of 1\.png is 3 x 3/,
    );
  });
});
