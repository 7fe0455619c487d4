import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { assertForeground, countClasses } from "../../../src/dataset/masks/classes.ts";
import { openMasks } from "../../../src/dataset/masks/open.ts";
import { assertSameSize, resizeMask } from "../../../src/dataset/masks/resize.ts";
import { IGNORE, type Mask } from "../../../src/dataset/masks/types.ts";
import { encoded, inputError, memoryFiles } from "../fixtures.ts";

const image = await encoded(1, "png", 3, 4);
const grey = (values: number[], width = 4) =>
  sharp(Uint8Array.from(values), { raw: { width, height: values.length / width, channels: 1 } }).toColourspace("b-w");
const png = (values: number[], width = 4) => grey(values, width).png().toBuffer();
const colour = (values: number[], width = 4) =>
  sharp(Uint8Array.from(values.flatMap((value) => [value >> 16, (value >> 8) & 255, value & 255])), {
    raw: { width, height: values.length / width, channels: 3 },
  });
const deep = (values: number[], width = 4) =>
  sharp(Uint16Array.from(values), { raw: { width, height: values.length / width, channels: 1 } })
    .toColourspace("grey16")
    .png()
    .toBuffer();
const indices = [0, 1, 2, 0, 0, 1, 2, 255, 0, 0, 2, 2];

/** The only image's mask, of a folder with this mask file. */
async function maskOf(mask: Uint8Array, request: object = {}, name = "1.png") {
  const source = await openMasks(memoryFiles({ "images/1.png": image, [`masks/${name}`]: mask }), {
    path: ".",
    ...request,
  });
  return { source, mask: await (await source.open(0, 1))(0) };
}

describe("masks of class indices", () => {
  it.each([
    ["8 bits", () => png(indices)],
    ["with alpha", () => grey(indices).ensureAlpha().png().toBuffer()],
    [
      "in three equal channels",
      () =>
        colour(indices.map((value) => value * 0x010101))
          .png()
          .toBuffer(),
    ],
    ["TIFF", () => grey(indices).tiff({ compression: "lzw" }).toBuffer()],
    ["16 bits", () => deep(indices)],
  ])("%s", async (_, make) => {
    const { source, mask } = await maskOf(await make());
    expect(source).toMatchObject({ format: "indices", classes: ["background", "class 1", "class 2"] });
    expect([...mask.values]).toEqual(indices);
    expect([mask.height, mask.width]).toEqual([3, 4]);
  });

  it("a palette's indices, whatever its colours", async () => {
    const palette = [0x000000, 0x800000, 0x008000];
    const few = indices.map((value) => (value === IGNORE ? 0 : value));
    const stored = await colour(few.map((value) => palette[value]))
      .png({ palette: true })
      .toBuffer();
    const { mask } = await maskOf(stored);
    // The encoder chooses the order of its palette: equal pixels stay equal, and there are three kinds.
    const pairs = new Map(few.map((value, i) => [value, mask.values[i]]));
    expect([...mask.values]).toEqual(few.map((value) => pairs.get(value)));
    expect([...pairs.values()].sort()).toEqual([0, 1, 2]);
    const named = { background: "#000000", a: "#800000", b: "#008000" };
    expect([...(await maskOf(stored, { colours: named })).mask.values]).toEqual(few);
  });

  it("black and white: white is an object; with two classes and the format named it is to be ignored", async () => {
    const bytes = await png(indices.map((value) => (value ? 255 : 0)));
    const { source, mask } = await maskOf(bytes);
    expect(source).toMatchObject({ format: "colours", classes: ["background", "object"] });
    expect([...mask.values]).toEqual(indices.map((value) => (value ? 1 : 0)));
    const ignored = await maskOf(bytes, { format: "indices" });
    expect(ignored.mask.values[1]).toBe(IGNORE);
  });
});

describe("masks in colour", () => {
  const colours = { background: "#000000", road: "#804080", ignore: "#ffffff" };
  it("become indices in the order of the palette", async () => {
    const bytes = await colour([0, 0x804080, 0xffffff, 0]).png().toBuffer();
    const { source, mask } = await maskOf(bytes, { colours });
    expect(source.classes).toEqual(["background", "road"]);
    expect([...mask.values]).toEqual([0, 1, IGNORE, 0]);
  });
  it.each([
    [
      "masks/1.png",
      "data.masks.colours",
      /row 0, column 2 has the colour #804081/,
      { colours },
      [0, 0x804080, 0x804081, 0],
    ],
    [
      "masks/1.png",
      "data.masks.colours",
      /in colour, and nothing says .*"<class>": "#804080"/,
      {},
      [0, 0x804080, 0, 0],
    ],
    [".", "data.masks.colours.road", /"red" is no colour/, { colours: { road: "red" } }, [0]],
    [".", "data.masks.colours.b", /stands for two classes/, { colours: { a: "#000000", b: "#000000" } }, [0]],
  ])("%s: %s: %s", async (file, field, says, request, values) => {
    const bytes = await colour(values, values.length).png().toBuffer();
    const error = await inputError(maskOf(bytes, request));
    expect(error).toMatchObject({ file, field });
    expect(error.message).toMatch(says);
  });
});

describe("one mask an object", () => {
  const [left, right] = [
    [9, 9, 0, 0, 9, 9, 0, 0, 0, 0, 0, 0],
    [0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0],
  ];
  it("beside the folder of the only image, as in DSB 2018", async () => {
    const files = memoryFiles({
      "a/images/a.png": image,
      "a/masks/x.png": await png(left),
      "a/masks/y.png": await png(right),
      "b/images/b.png": image,
      "b/masks/z.png": await png(right),
    });
    const source = await openMasks(files, { path: "." });
    expect(source).toMatchObject({ format: "instances", classes: ["background", "object"] });
    const read = await source.open(0, 2);
    expect([...(await read(0)).values]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect([...(await read(1)).values]).toEqual(right);
  });
  it("in a folder of the image's name, by class; the smaller object lies on top", async () => {
    const files = memoryFiles({
      "images/a.png": image,
      "masks/a/mug/1.png": await png(left),
      "masks/a/plate/1.png": await png(right),
    });
    const source = await openMasks(files, { path: "." });
    expect(source.classes).toEqual(["background", "mug", "plate"]);
    expect([...(await (await source.open(0, 1))(0)).values]).toEqual([1, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0]);
    const undeclared = await openMasks(files, { path: ".", classes: ["background", "mug"] });
    const error = await inputError(undeclared.open(0, 1).then((read) => read(0)));
    expect(error).toMatchObject({ file: "masks/a/plate/1.png", field: "classes" });
  });
  it("refuses files of different sizes", async () => {
    const files = memoryFiles({
      "images/a.png": image,
      "masks/a/1.png": await png(left),
      "masks/a/2.png": await png(left, 6),
    });
    const error = await inputError(
      openMasks(files, { path: "." }).then(async (source) => (await source.open(0, 1))(0)),
    );
    expect(error).toMatchObject({ file: "masks/a/2.png", field: "size" });
  });
});

describe("images and masks find each other", () => {
  const files = (...keys: string[]) =>
    Promise.all(keys.map(async (key) => [key, /mask|label|map/.test(key) ? await png(indices) : image])).then(
      (entries) => memoryFiles(Object.fromEntries(entries)),
    );
  it.each([
    [["images/1.jpg", "masks/1.png"], undefined],
    [["train/images/a/1.jpg", "train/labels/a/1.png"], "train"],
    [["images/val/1.jpg", "annotations/val/1_mask.png"], "validation"],
    [["1.jpg", "1_mask.png"], undefined],
    [["4/1/cup1.png", "4/1/maps/cup1-map.png"], undefined],
  ])("%j", async ([file, mask], split) => {
    const content = memoryFiles({ [file]: image, [mask]: await png(indices) });
    const { images } = await openMasks(content, { path: "." });
    expect(images).toEqual([{ file, masks: [{ key: mask }], ...(split ? { split } : {}) }]);
  });
  it("below a path, with keys from the root", async () => {
    const { images } = await openMasks(await files("set/images/1.png", "set/masks/1.png"), { path: "set" });
    expect(images).toEqual([{ file: "set/images/1.png", masks: [{ key: "set/masks/1.png" }] }]);
  });
  it("names masks without an image", async () => {
    const { rejected } = await openMasks(await files("images/1.png", "masks/1.png", "masks/2.png"), { path: "." });
    expect(rejected).toEqual([{ file: "masks/2.png", problem: "There is no image for this mask." }]);
  });
  it.each([
    [["images/1.png", "images/2.png", "masks/1.png"], "images/2.png", /no mask\. Add masks\/2\.png/],
    [["images/1.png"], ".", /No masks were found for 1 images/],
    [["masks/1.png"], ".", /No images were found/],
    [["images/1.png", "images/1.jpg", "masks/1.png"], "images/1.png", /cannot be told from that of images\/1\.jpg/],
    [["images/1.png", "masks/1.png", "masks/1.tif"], "images/1.png", /2 masks: masks\/1\.png, masks\/1\.tif/],
  ])("refuses %j", async (keys, file, says) => {
    const error = await inputError(openMasks(await files(...keys), { path: "." }));
    expect(error).toMatchObject({ file, field: "data.masks" });
    expect(error.message).toMatch(says);
  });
});

describe("what cannot be used", () => {
  it.each([
    [
      "class index 7, and there are 3 classes",
      "classes",
      () => png([0, 7, 0, 0]),
      { classes: ["background", "a", "b"] },
    ],
    ["class index 300", "classes", () => deep([0, 300, 0, 0]), { classes: ["background", "a"] }],
    ["hold 120 grey values", "data.masks", () => png(Array.from({ length: 120 }, (_, i) => i)), {}],
    ["JPEG blurs", undefined, () => grey(indices).jpeg().toBuffer(), {}],
    ["The file is empty", undefined, async () => Buffer.alloc(0), {}],
    ["no image that is read here", undefined, async () => Buffer.from("hello"), {}],
    ["cut off or damaged", undefined, async () => (await png(indices)).subarray(0, 60), {}],
    [
      "megapixels",
      undefined,
      () =>
        sharp({ create: { width: 9000, height: 9000, channels: 3, background: "#000000" } })
          .png()
          .toBuffer(),
      {},
    ],
  ])("%s", async (says, field, make, request) => {
    const error = await inputError(maskOf(await make(), request));
    expect(error).toMatchObject({ file: "masks/1.png", field });
    expect(error.message).toContain(says);
  });
  it("a mask of another size than its image", () => {
    const mask: Mask = { values: new Uint8Array(6), height: 2, width: 3 };
    expect(() => assertSameSize(mask, { height: 3, width: 2 }, "masks/1.png", "images/1.png")).toThrow(
      /masks\/1\.png: size: The mask is 3 x 2 pixels, its image images\/1\.png is 2 x 3\. Export/,
    );
    expect(() => assertSameSize(mask, { height: 2, width: 3 }, "masks/1.png", "images/1.png")).not.toThrow();
  });
  it("masks that are background everywhere", () => {
    const classes = ["background", "a", "b"];
    const counted = (...values: number[]) => {
      const counts = new Float64Array(3);
      countClasses({ values: Uint8Array.from(values), height: 1, width: values.length }, counts);
      return counts;
    };
    expect(() => assertForeground(counted(0, 0, IGNORE), classes, "set")).toThrow(
      /set: data\.masks: All masks are "background" everywhere: none shows one of "a", "b"/,
    );
    expect(() => assertForeground(counted(IGNORE), classes, "set")).toThrow(/to be ignored/);
    expect(() => assertForeground(counted(0, 1), classes, "set")).not.toThrow();
  });
});

describe("another size", () => {
  it("takes the nearest pixel, and brings no new class", () => {
    const mask: Mask = { values: Uint8Array.of(1, 2, 3, 4), height: 2, width: 2 };
    expect([...resizeMask(mask, 4, 4).values]).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    const side = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        (height, width, tall, wide, chance) => {
          const given: Mask = {
            values: Uint8Array.from({ length: height * width }, () => chance.next().value),
            height,
            width,
          };
          const resized = resizeMask(given, tall, wide);
          for (const value of resized.values) expect(given.values).toContain(value);
          expect(resizeMask(resizeMask(given, height * tall, width * wide), height, width)).toEqual(given);
        },
      ),
    );
  });
});
