/** Predicted masks and saved models of masks as the subject, through the real command line. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MASK_ERRORS } from "../../src/stats/mask-errors.ts";
import { temporaryFolder } from "../support/data.ts";
import { openTested } from "../support/engine.ts";
import { audited, causeOf, errata } from "../support/errata.ts";
import { writeSavedModel } from "../support/saved-model.ts";

/** Larger than what a report shows, so that a figure of brought-down masks would differ. */
const SIDE = 330;
const IMAGES = 30;
const MINUTES = 5;
const CLASSES = ["background", "bolt", "nut"];
/** Images whose given mask lacks its second object; the predictions have it. */
const LACKING = [4, 11, 17];

const folder = temporaryFolder();
const good = () => join(folder.path, "good");

const grey = (values: Uint8Array, width = SIDE, height = SIDE) =>
  sharp(values, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();

type Square = [top: number, left: number, k: number];
function squares(places: Square[], side = 60): Uint8Array {
  const values = new Uint8Array(SIDE * SIDE);
  for (const [top, left, k] of places)
    for (let y = top; y < top + side; y++) values.fill(k, y * SIDE + left, y * SIDE + left + side);
  return values;
}
const objectsOf = (i: number): [Square, Square] => [
  [20 + (i % 7) * 8, 15 + (i % 5) * 20, 1],
  [180 + (i % 4) * 15, 150 + (i % 6) * 15, 2],
];
const truthOf = (i: number): Uint8Array => {
  const [bolt, nut] = objectsOf(i);
  return squares(LACKING.includes(i) ? [bolt] : [bolt, nut]);
};
/** All objects; the bolt of every third image lies 2 pixels beside where it is. */
const predictionOf = (i: number): Uint8Array => {
  const [[top, left, k], nut] = objectsOf(i);
  return squares([[top, left + (i % 3 === 0 ? 2 : 0), k], nut]);
};

const greysOf = (i: number): Uint8Array =>
  predictionOf(i).map((k, pixel) => 60 * k + ((pixel * 7919 + i * 104_729) % 41));

beforeAll(async () => {
  for (const name of ["images", "masks", "predicted"]) mkdirSync(join(good(), name), { recursive: true });
  for (let i = 0; i < IMAGES; i++) {
    writeFileSync(join(good(), `images/${i}.png`), await grey(greysOf(i)));
    writeFileSync(join(good(), `masks/${i}.png`), await grey(truthOf(i)));
    writeFileSync(join(good(), `predicted/${i}.png`), await grey(predictionOf(i)));
  }
});
afterAll(folder.remove);

/** A copy of the good data in which something is changed; `change` may hand back another subject. */
async function place(name: string, change: (path: string) => unknown = () => {}): Promise<string> {
  const path = join(folder.path, name);
  cpSync(good(), path, { recursive: true });
  const request = (await change(path)) ?? { subject: { predictions: "predicted" } };
  const all = { schema: "errata/request@1", task: "segmentation", data: { classes: CLASSES }, ...request };
  writeFileSync(join(path, "errata.json"), JSON.stringify(all));
  return path;
}

/** IoU of a class over some images, counted here. */
function iouOf(images: number[], k: number): number {
  let [both, either] = [0, 0];
  for (const i of images) {
    const [was, is] = [truthOf(i), predictionOf(i)];
    for (let pixel = 0; pixel < was.length; pixel++) {
      if (was[pixel] === k && is[pixel] === k) both++;
      if (was[pixel] === k || is[pixel] === k) either++;
    }
  }
  return both / either;
}

const tableOf = (path: string) => {
  const [head, ...lines] = readFileSync(path, "utf8").trim().split("\n");
  const names = head.split(",");
  // The region is quoted, since it holds commas.
  return lines.map((line) => {
    const cells = line.match(/("[^"]*"|[^,]*)(,|$)/g)!.map((cell) => cell.replace(/,$/, "").replaceAll('"', ""));
    return Object.fromEntries(names.map((name, c) => [name, cells[c]])) as Record<string, string>;
  });
};

test(
  "given predictions are judged at their images' own size, and what needs a recipe says so",
  async () => {
    const out = join(folder.path, "out");
    const report = await audited([await place("judged"), "--effort", "quick", "--out", out]);

    expect(report.subject).toMatchObject({ kind: "predictions" });
    expect(report.subject.says).toMatch(/predicted masks in predicted; they say no probabilities/);
    expect(report.dataset.images).toBe(IMAGES);
    expect(report.cost.trainingRuns).toBe(0);

    const { segmentation, baseline } = report;
    const tested = segmentation!.worst.map(({ file }) => Number(/(\d+)\.png$/.exec(file)![1]));
    expect(tested).toHaveLength(report.dataset.splits.test);
    for (const k of [1, 2]) expect(segmentation!.perClass[k].iou!.value).toBeCloseTo(iouOf(tested, k), 6);
    expect(segmentation!.tolerance).toBeCloseTo(0.0075 * Math.hypot(SIDE, SIDE), 6);
    expect(segmentation!.errors.map(({ kind }) => kind)).toEqual([...MASK_ERRORS]);
    const worst = segmentation!.worst.map(({ iou }) => iou);
    expect(worst).toEqual(worst.toSorted((a, b) => a - b));
    expect(baseline.errorRate.value).toBeCloseTo(1 - worst.reduce((sum, iou) => sum + iou, 0) / tested.length, 5);

    const issues = tableOf(join(out, "label_issues.csv"));
    expect(issues).toHaveLength(report.dataset.splits.train + report.dataset.splits.test);
    const flagged = issues.filter(({ is_label_issue }) => is_label_issue === "True");
    const judged = issues.map(({ file }) => file);
    const planted = LACKING.map((i) => `images/${i}.png`).filter((file) => judged.includes(file));
    expect(flagged.map(({ file }) => file).sort()).toEqual(planted.sort());
    expect(judged.slice(0, planted.length).sort()).toEqual(planted);
    expect(flagged[0]).toMatchObject({ given_label: "background", predicted_label: "nut" });
    const [top, left] = objectsOf(Number(/(\d+)\.png$/.exec(flagged[0].file)![1]))[1];
    const { height } = report.dataset.shape;
    expect(Math.max(height, report.dataset.shape.width)).toBeLessThan(SIDE);
    const [boxTop, boxLeft] = flagged[0].region.split(",").map(Number);
    expect(Math.abs(boxTop - (top * height) / SIDE)).toBeLessThan(1);
    expect(Math.abs(boxLeft - (left * height) / SIDE)).toBeLessThan(1);

    for (const cause of ["learning-rate", "overfit", "insufficient-data", "task-mismatch"] as const)
      expect(causeOf(report, cause)).toMatchObject({
        verdict: "not-applicable",
        says: expect.stringMatching(/no recipe/),
      });
    for (const cause of ["leakage", "image-quality", "label-noise", "class-imbalance"] as const)
      expect(causeOf(report, cause).verdict).not.toBe("not-applicable");
    // The worst image is shown with what differs.
    const page = readFileSync(join(out, "index.html"), "utf8");
    expect(page).toContain("Given mask of");
  },
  MINUTES * 60_000,
);

/** A network that knows the scenes' grey values, 60 a class and up to 40 more, and takes images of any size. */
async function writeModel(path: string): Promise<void> {
  const { tf, layers } = await openTested();
  const conv = layers.layers.conv2d({
    inputShape: [null, null, 1],
    filters: CLASSES.length,
    kernelSize: 1,
    activation: "softmax",
  });
  const net = layers.sequential({ layers: [conv] });
  // The nearest class' middle: -(x - c)^2 is linear in x but for what all classes share.
  const middles = CLASSES.map((_, k) => (60 * k + 20) / 255);
  const sure = 2000;
  net.setWeights([
    tf.tensor4d(
      middles.map((c) => 2 * sure * c),
      [1, 1, 1, CLASSES.length],
    ),
    tf.tensor1d(middles.map((c) => -sure * c * c)),
  ]);
  await writeSavedModel(net, path);
  net.dispose();
}

test(
  "a saved model of masks is run on its own size and judged without training",
  async () => {
    const model = join(folder.path, "model");
    await writeModel(model);
    const out = join(folder.path, "out-model");
    const path = await place("modelled", (at) => rmSync(join(at, "predicted"), { recursive: true }));
    const report = await audited([path, "--model", model, "--out", out]);

    expect(report.subject.says).toMatch(/the saved model model, on images of 330 x 330 pixels/);
    expect(report.cost.trainingRuns).toBe(0);
    const { segmentation } = report;
    const tested = segmentation!.worst.map(({ file }) => Number(/(\d+)\.png$/.exec(file)![1]));
    expect(tested).toHaveLength(report.dataset.splits.test);
    for (const k of [1, 2]) expect(segmentation!.perClass[k].iou!.value).toBeCloseTo(iouOf(tested, k), 6);
    // Of what it was trained on nobody knows: the masks of test images are judged only.
    expect(tableOf(join(out, "label_issues.csv"))).toHaveLength(report.dataset.splits.test);
    expect(causeOf(report, "overfit")).toMatchObject({
      verdict: "not-applicable",
      says: expect.stringMatching(/no recipe/),
    });
    expect(readFileSync(join(out, "index.html"), "utf8")).toContain("Predicted mask of");
  },
  MINUTES * 60_000,
);

test.each(["model", "predictions"])(
  "large images are cut into tiles that stay together and are judged as one would judge the images, by their %s",
  async (kind) => {
    const out = join(folder.path, `out-tiles-${kind}`);
    const path = await place(`tiled-${kind}`, async (at) => {
      // Many tiles show nothing but one grey.
      for (let i = 0; i < IMAGES; i++) {
        const objects = predictionOf(i);
        const image = greysOf(i).map((value, pixel) => (objects[pixel] === 0 ? 20 : value));
        writeFileSync(join(at, `images/${i}.png`), await grey(image));
      }
      if (kind === "model") rmSync(join(at, "predicted"), { recursive: true });
      const subject = kind === "model" ? {} : { subject: { predictions: "predicted" } };
      return { ...subject, data: { classes: CLASSES, masks: { tiles: SIDE / 3 } } };
    });
    const model = join(folder.path, "tile-model");
    if (kind === "model") await writeModel(model);
    const report = await audited([path, ...(kind === "model" ? ["--model", model] : []), "--out", out]);

    const { dataset, segmentation } = report;
    expect(dataset).toMatchObject({
      images: 9 * IMAGES,
      tiles: SIDE / 3,
      shape: { height: SIDE / 3, width: SIDE / 3 },
    });
    const judged = tableOf(join(out, "label_issues.csv"));
    const imageOf = (file: string) => Number(/^images\/(\d+)[.]png#xywh=\d+,\d+,110,110$/.exec(file)![1]);
    const tiles = new Map<number, string[]>();
    for (const { file, split } of judged) tiles.set(imageOf(file), [...(tiles.get(imageOf(file)) ?? []), split]);
    for (const splits of tiles.values()) {
      expect(splits).toHaveLength(9);
      expect(new Set(splits).size).toBe(1);
    }
    const tested = [...tiles].filter(([, [split]]) => split === "test").map(([image]) => image);
    expect(9 * tested.length).toBe(dataset.splits.test);
    if (kind === "predictions")
      for (const k of [1, 2]) expect(segmentation!.perClass[k].iou!.value).toBeCloseTo(iouOf(tested, k), 6);
    // Empty tiles are alike without being copies.
    expect(causeOf(report, "leakage").evidence[0].says).toMatch(/^0 pictures are there more than once, exactly/);
    for (const { file, is_label_issue } of judged)
      if (is_label_issue === "True") expect(LACKING).toContain(imageOf(file));
    expect(readFileSync(join(out, "index.html"), "utf8")).toContain("each of these is a part of an image");
  },
  MINUTES * 60_000,
);

test.for<[string, (path: string) => unknown, RegExp[]]>([
  [
    "a prediction that is missing",
    (path) => {
      rmSync(join(path, "predicted/7.png"));
      rmSync(join(path, "predicted/8.png"));
    },
    [/images\/[78]\.png: subject\.predictions: .*none for 1 other image\./, /Save predicted\/[78]\.png/],
  ],
  [
    "a prediction of another size",
    async (path) => writeFileSync(join(path, "predicted/7.png"), await grey(new Uint8Array(SIDE * 10), SIDE, 10)),
    [/predicted\/7\.png: subject\.predictions: .*330 x 10 pixels.*images\/7\.png is 330 x 330/, /own size/],
  ],
  [
    "a class outside of the classes",
    async (path) => writeFileSync(join(path, "predicted/7.png"), await grey(truthOf(7).fill(3, 0, 5))),
    [/predicted\/7\.png: classes: .*row 0, column 0 has class index 3, and there are 3 classes/, /correct the mask/],
  ],
  [
    "a saved model that classifies",
    async (path) => {
      rmSync(join(path, "predicted"), { recursive: true });
      const { layers } = await openTested();
      const net = layers.sequential({
        layers: [
          layers.layers.conv2d({ inputShape: [SIDE, SIDE, 1], filters: 2, kernelSize: 5, strides: 5 }),
          layers.layers.globalAveragePooling2d({}),
          layers.layers.dense({ units: CLASSES.length, activation: "softmax" }),
        ],
      });
      await writeSavedModel(net, join(path, "predicted"));
      net.dispose();
      return { subject: { model: "predicted" } };
    },
    [/predicted\/model\.json: The model gives \[3\] for an image of 330 x 330 pixels: that is no mask/, /task classif/],
  ],
])("%s", { timeout: MINUTES * 60_000 }, async ([name, change, says]) => {
  const path = await place(name.replaceAll(" ", "-"), change);
  const { code, stderr } = await errata(["audit", path, "--engine", "wasm", "--workers", "1", "--out", `${path}-out`]);
  expect(code, stderr).toBe(2);
  for (const each of says) expect(stderr.replaceAll("\n", " ")).toMatch(each);
});
