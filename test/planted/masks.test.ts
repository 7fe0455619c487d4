import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openMasks } from "../../src/dataset/masks/open.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import { random } from "../../src/random.ts";
import { memoryFiles } from "../dataset/fixtures.ts";
import { hasData, missing, temporaryFolder } from "../support/data.ts";
import { placeAnywhere } from "../support/place-anywhere.ts";
import { pick } from "./alter.ts";
import { ALL_BASES } from "./bases/index.ts";
import { drawDataset } from "./draw.ts";
import { masksDenseHead } from "./faults/masks-dense-head.ts";
import { eroded, guessedIou, MASK, maskedImages, maskOf, maskText, moved, withMasks } from "./masks.ts";
import { rowOf } from "./place.ts";
import { placeMasks } from "./place-masks.ts";
import { changeOf } from "./plan.ts";
import { randomChange } from "./random-search.ts";
import type { Dataset } from "./types.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const SIDE = 16;
const shape = { height: SIDE, width: SIDE, channels: 3 } as const;
/** An object of 6 x 6 pixels whose first pixel is (top, left). */
const square = (label: number, top: number, left: number) =>
  Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [y, x] = [Math.floor(i / SIDE) - top, (i % SIDE) - left];
    return y >= 0 && y < 6 && x >= 0 && x < 6 ? label : 0;
  });
const count = (mask: Uint8Array, label: number) => mask.filter((value) => value === label).length;

/** Eight images, two of them test images. */
function small(): Dataset {
  const labels = Uint8Array.from({ length: 8 }, (_, i) => 1 + (i % 2));
  return {
    classes: ["background", "mug", "plate"],
    shape,
    pixels: Uint8Array.from({ length: 8 * SIDE * SIDE * 3 }, (_, i) => i % 251),
    labels,
    parts: Array.from(labels, (_, i) => (i < 6 ? "train" : "test")),
    columns: { [MASK]: Array.from(labels, (label, i) => maskText(square(label, 2, i))) },
  };
}

describe("masks as a column", () => {
  it("come back as they were, and go with their rows", () => {
    const data = small();
    expect(maskOf(data, 3)).toEqual(square(2, 2, 3));
    const { masks, pixels } = maskedImages(data, [5, 0, 5]);
    expect(masks.subarray(SIDE * SIDE, 2 * SIDE * SIDE)).toEqual(square(1, 2, 0));
    expect(pixels).toEqual(pick(data, [5, 0, 5]).pixels);
  });

  it("are changed in the rows that are named and in no others", () => {
    const data = small();
    const changed = withMasks(data, [1], (mask) => moved(mask, shape, 1, -2));
    expect(maskOf(changed, 1)).toEqual(square(2, 3, -1));
    expect(maskOf(data, 1)).toEqual(square(2, 2, 1));
    expect(changed.columns[MASK].filter((mask, row) => mask !== data.columns[MASK][row])).toHaveLength(1);
  });

  it("lose their outlines, but not where the image cuts them off", () => {
    expect(count(eroded(square(1, 4, 4), shape, 1), 1)).toBe(16);
    expect(count(eroded(square(1, 4, 4), shape, 2), 1)).toBe(4);
    expect(count(eroded(square(1, 4, 0), shape, 1), 1)).toBe(20);
  });

  it("guessed as one class everywhere are as right as that class's share of an image", () => {
    const data = small();
    // Each class is in half of the images, with 36 of 256 pixels.
    expect(guessedIou(data, [0, 1, 2, 3])).toBeCloseTo(36 / 256 / 2, 6);
  });
});

it("a photograph is placed with its mask, whole and not always at the same place", () => {
  const masks = square(1, 5, 5);
  const photos = { shape, masks, pixels: Uint8Array.from({ length: 3 * masks.length }, (_, i) => masks[(i / 3) | 0]) };
  const placed = Array.from({ length: 8 }, (_, seed) =>
    placeAnywhere(photos, 0, 48, { least: 0.4, most: 0.6 }, random(seed)),
  );
  for (const { pixels, mask } of placed) {
    expect(mask.every((is, at) => is === pixels[3 * at])).toBe(true);
    // 6 of 16 pixels of a photograph that is 19 to 29 pixels wide.
    expect(count(mask, 1)).toBeGreaterThanOrEqual(7 ** 2);
    expect(count(mask, 1)).toBeLessThanOrEqual(11 ** 2);
  }
  expect(new Set(placed.map(({ mask }) => mask.indexOf(1))).size).toBeGreaterThan(4);
});

describe.skipIf(!hasData("eth80"))(`the base's pictures${hasData("eth80") ? "" : `: ${missing("eth80")}`}`, () => {
  it("show one object each, of the kind that they are drawn for, and none of a photograph lie in two parts", async () => {
    const { classes, labels, columns, groups, ...rest } = await ALL_BASES.masks.pool("final");
    labels.forEach((label, row) => {
      const mask = maskOf({ columns }, row);
      expect(new Set(mask)).toEqual(new Set([0, label]));
      // An object that covers most of its picture would be found by guessing.
      expect(count(mask, label)).toBeLessThan(mask.length / 2);
    });
    const pool = { ...rest, classes, labels, groups, columns: { ...columns, group: groups! } };
    const { parts, columns: drawn } = drawDataset(pool, ALL_BASES.masks.sizes, 1);
    const inPart = new Set(drawn.group.map((group, i) => `${group} in ${parts[i]}`));
    expect(inPart.size).toBe(new Set(drawn.group).size);
  });
});

describe("faults of masks", () => {
  const plant = (id: string, strength: number | string) => {
    const data = small();
    return { data, planted: changeOf(id).plant({ data, recipe: ALL_BASES.masks.recipe("tune") }, strength, random(1)) };
  };

  it.each(["masks-flipped", "masks-shifted", "masks-eroded", "masks-missing"])(
    "%s changes so many training masks, no test mask and no image",
    (id) => {
      const { data, planted } = plant(id, 0.67);
      const changed = data.columns[MASK].flatMap((mask, row) =>
        mask === planted.data.columns[MASK][row] ? [] : [row],
      );
      expect(changed).toHaveLength(4);
      expect(changed.every((row) => data.parts[row] === "train")).toBe(true);
      expect(planted.data.pixels).toEqual(data.pixels);
      for (const row of changed) {
        const [before, after] = [maskOf(data, row), maskOf(planted.data, row)];
        const label = data.labels[row];
        if (id === "masks-flipped") expect(count(after, 3 - label)).toBe(count(before, label));
        if (id === "masks-eroded") expect(count(after, label)).toBeLessThan(count(before, label));
        if (id === "masks-missing") expect(count(after, 0)).toBe(SIDE * SIDE);
        if (id === "masks-shifted") expect(count(after, label)).toBeGreaterThan(0);
      }
    },
  );

  it("a rare class loses training images and nothing in the test", () => {
    const { data, planted } = plant("masks-rare-class", 0.34);
    expect(planted.data.labels).toHaveLength(6);
    expect(planted.data.parts.filter((part) => part === "test")).toHaveLength(2);
    expect(planted.data.columns[MASK]).toHaveLength(6);
    expect(data.labels).toHaveLength(8);
  });

  it("random search makes recipes of masks that can be built, a dense head's among them", () => {
    const sound = { data: small(), recipe: ALL_BASES.masks.recipe("tune") };
    for (const setting of [sound, masksDenseHead.plant(sound, 8, random(1))])
      for (let k = 0; k < 60; k++) {
        const { recipe, says } = randomChange(setting, random(k));
        const read = () =>
          readRecipe(recipe, { file: "recipe.json", classes: 3, imageShape: shape, task: "segmentation" });
        expect(read, says.join(", ")).not.toThrow();
      }
  });
});

it("a case of masks is on disk as its user has it, and is read back so", async () => {
  const data = small();
  const placed = await placeMasks({ data, recipe: ALL_BASES.masks.recipe("tune") }, folder.path);
  const request = JSON.parse(readFileSync(join(placed.data, "errata.json"), "utf8"));
  expect(request.task).toBe("segmentation");
  const keys = data.parts.flatMap((part, row) => ["images", "masks"].map((name) => `${part}/${name}/0000${row}.png`));
  const content = Object.fromEntries(keys.map((key) => [key, new Uint8Array(readFileSync(join(placed.data, key)))]));
  const source = await openMasks(memoryFiles(content), { path: ".", classes: request.data.masks.classes });
  expect(source.rejected).toEqual([]);
  expect(source.classes).toEqual(data.classes);
  const read = await source.open(0, source.images.length);
  for (const [i, { file, split }] of source.images.entries()) {
    expect(split).toBe(data.parts[rowOf(file)]);
    expect((await read(i)).values).toEqual(maskOf(data, rowOf(file)));
  }
  expect(existsSync(placed.recipe)).toBe(true);
});
