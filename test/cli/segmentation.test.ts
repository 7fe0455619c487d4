/** Images with masks through the real command line: from intake to the report, and what is wrong with masks. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MASK_ERRORS } from "../../src/stats/mask-errors.ts";
import { temporaryFolder } from "../support/data.ts";
import { audited, causeOf, errata } from "../support/errata.ts";
import { SCENE_CLASSES, writeMaskedScenes } from "../support/masked-scenes.ts";

const SIDE = 24;
const IMAGES = 40;
const MINUTES = 5;
const conv = (filters: number, more: object = {}) => ({
  conv2d: { filters, kernelSize: 3, padding: "same", activation: "relu", ...more },
});
const RECIPE = {
  architecture: [
    conv(8, { name: "a" }),
    { maxPooling2d: { poolSize: 2 } },
    conv(16),
    { upSampling2d: { size: 2 } },
    { concatenate: { with: "a" } },
    { conv2d: { filters: "classes", kernelSize: 1, activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate: 0.01 } },
  fit: { epochs: 3, batchSize: 8 },
};

const folder = temporaryFolder();
const good = () => join(folder.path, "good");
beforeAll(async () => {
  await writeMaskedScenes(good(), IMAGES, SIDE, 1);
  writeFileSync(join(folder.path, "recipe.json"), JSON.stringify(RECIPE));
});
afterAll(folder.remove);

const grey = (values: Uint8Array, width = SIDE, height = SIDE) =>
  sharp(values, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();

/** A copy of the good scenes in which something is changed. */
async function place(name: string, request: object, change: (path: string) => Promise<void> | void): Promise<string> {
  const path = join(folder.path, name);
  cpSync(good(), path, { recursive: true });
  await change(path);
  writeFileSync(
    join(path, "errata.json"),
    JSON.stringify({ schema: "errata/request@1", task: "segmentation", ...request }),
  );
  return path;
}
const inEach = async (path: string, mask: (i: number) => Promise<Buffer>) => {
  for (let i = 0; i < IMAGES; i++) writeFileSync(join(path, `masks/${i}.png`), await mask(i));
};

test(
  "an audit of masks ends in a report with the figures of masks, and passes over what cannot be used",
  async () => {
    const path = await place("passed", {}, async (at) => {
      writeFileSync(join(at, "masks/3.png"), await grey(new Uint8Array(SIDE * 10), SIDE, 10));
      writeFileSync(join(at, "masks/4.png"), "no image");
    });
    const out = join(folder.path, "out");
    const report = await audited([
      path,
      "--recipe",
      join(folder.path, "recipe.json"),
      "--effort",
      "quick",
      "--out",
      out,
    ]);

    expect(report.dataset).toMatchObject({ task: "segmentation", images: IMAGES - 2 });
    expect(report.dataset.classes).toHaveLength(SCENE_CLASSES.length);
    const rejected = Object.fromEntries(report.dataset.rejected.map(({ file, problem }) => [file, problem]));
    expect(rejected["images/3.png"]).toMatch(/24 x 10 pixels, its image .* is 24 x 24.*own size/);
    expect(rejected["images/4.png"]).toMatch(/masks\/4\.png: .*Export the mask again/);

    const { segmentation, baseline } = report;
    expect(baseline.accuracy).toBeUndefined();
    const { test: tested } = report.dataset.splits;
    expect(segmentation!.worst).toHaveLength(Math.min(24, tested));
    expect(segmentation!.errors.map(({ kind }) => kind)).toEqual([...MASK_ERRORS]);
    const pixels = segmentation!.perClass.reduce((sum, { test: { pixels: own } }) => sum + own, 0);
    expect(pixels).toBe(tested * SIDE * SIDE);
    // The error rate is 1 - IoU averaged over images.
    const worst = segmentation!.worst.map(({ iou }) => iou);
    expect(worst).toEqual(worst.toSorted((a, b) => a - b));
    expect(baseline.errorRate.value).toBeCloseTo(1 - worst.reduce((sum, iou) => sum + iou, 0) / tested, 5);
    expect(causeOf(report, "ambiguity").verdict).toBe("not-applicable");
    expect(causeOf(report, "leakage").verdict).not.toBe("not-applicable");
    const issues = readFileSync(join(out, "label_issues.csv"), "utf8").trim().split("\n");
    expect(issues).toHaveLength(1 + report.dataset.splits.train + tested);
  },
  MINUTES * 60_000,
);

const coco = (change: (file: CocoFile) => void) => (path: string) => {
  rmSync(join(path, "masks"), { recursive: true });
  const box = [4, 4, 14, 4, 14, 14, 4, 14];
  const file: CocoFile = {
    images: Array.from({ length: IMAGES }, (_, i) => ({
      id: i,
      file_name: `images/${i}.png`,
      width: SIDE,
      height: SIDE,
    })),
    categories: [{ id: 1, name: "mug" }],
    annotations: Array.from({ length: IMAGES }, (_, i) => ({
      id: i,
      image_id: i,
      category_id: 1,
      segmentation: [box],
    })),
  };
  change(file);
  mkdirSync(join(path, "annotations"));
  writeFileSync(join(path, "annotations/instances.json"), JSON.stringify(file));
};
interface CocoFile {
  images: { id: number; file_name: string; width: number; height: number }[];
  categories: object[];
  annotations: { id: number; image_id: number; category_id: number; segmentation: unknown }[];
}

test.for<[string, object, (path: string) => Promise<void> | void, RegExp[]]>([
  [
    "masks of another size",
    {},
    (path) => inEach(path, () => grey(new Uint8Array(SIDE * 10).fill(1, 0, 50), SIDE, 10)),
    [/size: The mask is 24 x 10 pixels, its image images\/\d+\.png is 24 x 24/, /own size/],
  ],
  [
    "a class index outside of the classes",
    { data: { classes: ["background", "mug"] } },
    (path) => inEach(path, () => grey(new Uint8Array(SIDE * SIDE).fill(2, 0, 50))),
    [/masks\/\d+\.png: classes: .*class index 2, and there are 2 classes/, /data\.classes/],
  ],
  [
    "a colour outside of the palette",
    { data: { masks: { colours: { background: "#000000", mug: "#ff0000" } } } },
    (path) => inEach(path, () => grey(new Uint8Array(SIDE * SIDE).fill(9, 0, 50))),
    [/masks\/\d+\.png: data\.masks\.colours: .*#090909/, /Add the colour/],
  ],
  [
    "an image without a mask",
    {},
    (path) => rmSync(join(path, "masks/7.png")),
    [/images\/7\.png: data\.masks: It has no mask/, /masks\/7\.png/],
  ],
  [
    "masks that are all background",
    {},
    (path) => inEach(path, () => grey(new Uint8Array(SIDE * SIDE))),
    [/all-background.*data\.masks: All masks are "background" everywhere/, /exported with their objects/],
  ],
  [
    "COCO with unknown ids",
    {},
    coco(({ annotations }) => {
      annotations[3].image_id = 999;
    }),
    [/instances\.json: annotations\[3\]\.image_id: The id 999/, /Add it to images/],
  ],
  [
    "COCO with broken run lengths",
    {},
    coco(({ annotations }) => {
      for (const each of annotations) each.segmentation = { size: [SIDE, SIDE], counts: [10, 20] };
    }),
    [/instances\.json: annotations\[\d+\]\.segmentation/],
  ],
  ["a format of labelled images", { data: { format: "csv" } }, () => {}, [/errata\.json: data\.format: .*masks/]],
])("%s", { timeout: MINUTES * 60_000 }, async ([name, request, change, says]) => {
  const path = await place(name.replaceAll(" ", "-"), request, change);
  const { code, stderr } = await errata(["audit", path, "--engine", "wasm", "--workers", "1", "--out", `${path}-out`]);
  expect(code, stderr).toBe(2);
  for (const each of says) expect(stderr.replaceAll("\n", " ")).toMatch(each);
});
