/** What a report of masks says beyond errors and causes, from rows that are kept of predictions. */
import { describe, expect, it } from "vitest";
import type { Proof } from "../../src/audit/prove.ts";
import { errorsOf, type Predictions, type View } from "../../src/causes/view.ts";
import { segmentationOf } from "../../src/pipeline/stages/segmentation.ts";
import { deriveSeed } from "../../src/random.ts";
import type { Mask } from "../../src/stats/mask.ts";
import { maskRow, maskRowWidth } from "../../src/stats/mask-row.ts";
import { measureSegmentation, scoreImage } from "../../src/stats/segmentation.ts";
import { maskedScenes, SCENE_CLASSES } from "../support/masked-scenes.ts";

const SIDE = 24;
const AREA = SIDE * SIDE;
const CLASSES = SCENE_CLASSES.length;
const SCENES = 12;
const { masks } = maskedScenes(SCENES, SIDE, 3);
const truths = Array.from(
  { length: SCENES },
  (_, i): Mask => ({ values: masks.slice(i * AREA, (i + 1) * AREA), height: SIDE, width: SIDE }),
);
const ROWS = Int32Array.from(truths.keys());

/** A mask moved to the right: the further, the worse. */
const moved = ({ values }: Mask, by: number): Mask => ({
  values: values.map((_, i) => (i % SIDE >= by ? values[i - by] : 0)),
  height: SIDE,
  width: SIDE,
});

const oneHot = ({ values }: Mask): Float32Array =>
  Float32Array.from({ length: AREA * CLASSES }, (_, i) =>
    values[Math.floor(i / CLASSES)] === i % CLASSES ? 0.8 : 0.1,
  );

/** What is kept of a model whose masks lie `by(row)` pixels aside. */
function said(by: (row: number) => number, rows: Int32Array = ROWS): Predictions {
  const values = new Float32Array(rows.length * maskRowWidth(CLASSES));
  rows.forEach((row, i) => {
    values.set(maskRow(oneHot(moved(truths[row], by(row))), truths[row], CLASSES), i * maskRowWidth(CLASSES));
  });
  return { rows, values };
}

const measured = (rows: Int32Array, shifts: ((row: number) => number)[], seed: number) =>
  measureSegmentation(
    shifts.map((by) => Array.from(rows, (row) => scoreImage(truths[row], moved(truths[row], by(row)), CLASSES))),
    CLASSES,
    { seed },
  );

function viewOf(tested: Predictions[]): View {
  const files = Array.from(ROWS, (row) => `images/${row}.png`);
  const pixels = new Float64Array(SCENES * CLASSES);
  truths.forEach(({ values }, row) => {
    for (const k of values) pixels[row * CLASSES + k]++;
  });
  const view: View = {
    seed: 7,
    task: "segmentation",
    classes: SCENE_CLASSES,
    shape: { height: SIDE, width: SIDE, channels: 3 },
    samples: {
      files,
      labels: new Int32Array(SCENES).fill(1),
      splits: files.map(() => "test"),
      groups: files.map(() => undefined),
      hashes: files,
      columns: [],
    },
    train: new Int32Array(0),
    validation: new Int32Array(0),
    test: ROWS,
    tested,
    testErrors: new Float32Array(SCENES),
    traces: [],
    duplicates: [],
    masks: { pixels },
  };
  view.testErrors = errorsOf(tested[0], view);
  return view;
}

const QUOTE = Int32Array.from([1, 4, 5, 8, 9, 10]);

/** Only what the figures are read from. */
const proofOf = (before: Predictions[], after: Predictions[]) =>
  ({ halves: { quote: QUOTE }, together: { causes: ["task-mismatch"], said: { before, after } } }) as unknown as Proof;

describe("figures of the fixed model", () => {
  const were = [() => 6, () => 5];
  const are = [(row: number) => row % 2, () => 1];
  const view = viewOf(were.map((by) => said(by)));

  it("are of the images that nothing was chosen on and of both models' own seeds, class by class", () => {
    const { after } = segmentationOf(
      view,
      proofOf(
        were.map((by) => said(by)),
        are.map((by) => said(by)),
      ),
    ).figures;
    const seed = deriveSeed(view.seed, "metrics");
    for (const [figures, shifts] of [[after!.before, were] as const, [after!, are] as const]) {
      const { perClass, foregroundIou, meanDice, boundaryF } = measured(QUOTE, shifts, seed);
      expect(figures.foregroundIou).toEqual(foregroundIou);
      expect(figures.meanDice).toEqual(meanDice);
      expect(figures.boundaryF.value).toBeCloseTo(boundaryF.value, 6);
      figures.perClass.forEach((each, k) => {
        expect(each.class).toBe(SCENE_CLASSES[k]);
        expect(each.iou).toEqual(perClass[k].iou);
        expect(each.dice).toEqual(perClass[k].dice);
        expect(each.boundaryF!.value).toBeCloseTo(perClass[k].boundaryF.value, 6);
      });
    }
    expect(after).toMatchObject({ images: QUOTE.length, seeds: 2 });
    expect(after!.foregroundIou.value).toBeGreaterThan(after!.before.foregroundIou.value);
    expect(after!.says).toContain(after!.foregroundIou.value.toFixed(2));
    expect(after!.says).toContain(`6 test images that nothing was chosen on`);
  });

  it("find each image whatever else the models were asked about, in whatever order", () => {
    const backwards = ROWS.toReversed();
    const given = segmentationOf(view, proofOf([said(were[0])], [said(are[0])])).figures.after;
    const turned = segmentationOf(view, proofOf([said(were[0], backwards)], [said(are[0], backwards)])).figures.after;
    expect(turned).toEqual(given);
  });

  it("are left out where no fix is confirmed, or no model of it came through", () => {
    expect(segmentationOf(view).figures.after).toBeUndefined();
    expect(segmentationOf(view, proofOf([said(were[0])], [])).figures.after).toBeUndefined();
  });
});

describe("test masks in doubt", () => {
  const FAR = 14;
  const alone = 2;
  const together = 7;

  it("are those that most models doubt, not what one of them makes of an image", () => {
    const model = (...doubts: number[]) => said((row) => (doubts.includes(row) ? FAR : 0));
    const { labelIssues } = segmentationOf(viewOf([model(alone, together), model(together), model(together)]));
    const flagged = labelIssues.filter(({ is_label_issue }) => is_label_issue);
    expect(labelIssues).toHaveLength(SCENES);
    expect(flagged.map(({ file }) => file)).toEqual([`images/${together}.png`]);
    expect(flagged[0].region).not.toBe("");
  });

  it("need both of two models", () => {
    const one = said((row) => (row === together ? FAR : 0));
    const { labelIssues } = segmentationOf(viewOf([one, said(() => 0)]));
    expect(labelIssues.some(({ is_label_issue }) => is_label_issue)).toBe(false);
  });
});
