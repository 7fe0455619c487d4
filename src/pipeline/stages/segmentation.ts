/** What a report says of masks beyond errors and causes: figures by class, kinds of errors, the worst images with their masks. */
import { ofMasks, type Predictions, type View } from "../../causes/view.ts";
import { openEngine } from "../../engine/open.ts";
import { loadModel } from "../../model/load.ts";
import { deriveSeed } from "../../random.ts";
import type { Mask } from "../../stats/mask.ts";
import { MASK_ERRORS, splitErrors } from "../../stats/mask-errors.ts";
import { type MaskRow, readMaskRow, saidMask } from "../../stats/mask-row.ts";
import { imageIou, measureSegmentation, usualTolerance } from "../../stats/segmentation.ts";
import type { StageContext } from "../stage.ts";
import { firstBaseline } from "./audit.ts";
import { collectPixels } from "./collected.ts";
import { inputOf } from "./input.ts";
import { hasResult, modelKey } from "./results.ts";

/** Images that are shown, at most. */
const WORST = 24;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const known = (values: ArrayLike<number>): number[] => Array.from(values).filter((value) => !Number.isNaN(value));
const orNull = <T extends { value: number }>(interval: T): T | null =>
  Number.isFinite(interval.value) ? interval : null;

/** The block `segmentation` of report.json; nothing where the task is another. */
export function segmentationOf(view: View) {
  if (!ofMasks(view) || view.tested.length === 0) return undefined;
  const classes = view.classes.length;
  const bySeed = view.tested.map((predictions) => scoresOf(predictions, classes));
  const measured = measureSegmentation(bySeed, classes, { seed: deriveSeed(view.seed, "metrics") });
  const perSeed = (value: (row: MaskRow) => number) =>
    mean(bySeed.map((rows) => rows.reduce((sum, row) => sum + value(row), 0)));
  const wrong = MASK_ERRORS.map((_, e) => perSeed(({ errors }) => errors[e]));
  const all = wrong.reduce((sum, pixels) => sum + pixels, 0);
  const { meanIou, foregroundIou, meanDice, boundaryF, pixelAccuracy } = measured;
  return {
    tolerance: usualTolerance(view.shape.height, view.shape.width),
    meanIou,
    foregroundIou,
    meanDice,
    boundaryF,
    pixelAccuracy,
    perClass: measured.perClass.map(({ iou, dice, boundaryF: outline }, k) => ({
      class: view.classes[k],
      iou: orNull(iou),
      dice: orNull(dice),
      boundaryF: orNull(outline),
      train: extentOf(view, view.train, k),
      test: extentOf(view, view.test, k),
    })),
    errors: MASK_ERRORS.map((kind, e) => ({ kind, pixels: wrong[e], share: all > 0 ? wrong[e] / all : 0 })),
    objects: {
      true: perSeed(({ objects }) => objects.true),
      missed: perSeed(({ objects }) => objects.missed),
      wrongClass: perSeed(({ objects }) => objects.wrongClass),
      false: perSeed(({ objects }) => objects.false),
    },
    worst: worstRows(view).map((i) => ({
      file: view.samples.files[view.test[i]],
      iou: mean(bySeed.map((rows) => imageIou(rows[i]))),
      boundaryF: mean(bySeed.map((rows) => mean(known(rows[i].boundaryF)))),
      errors: MASK_ERRORS.map((_, e) => mean(bySeed.map((rows) => rows[i].errors[e]))),
    })),
  };
}

const scoresOf = ({ rows, values }: Predictions, classes: number): MaskRow[] =>
  Array.from(rows, (_, i) => readMaskRow(values, i, classes));

/** Places in `view.test`, the largest error first. */
const worstRows = (view: View): number[] =>
  [...view.test.keys()].sort((a, b) => view.testErrors[b] - view.testErrors[a] || a - b).slice(0, WORST);

/** How much there is of a class: images that show it, and pixels at the model's size. */
function extentOf({ classes, masks }: View, rows: Int32Array, k: number): { images: number; pixels: number } {
  const each = Array.from(rows, (row) => masks!.pixels[row * classes.length + k]);
  return { images: each.filter((pixels) => pixels > 0).length, pixels: each.reduce((sum, pixels) => sum + pixels, 0) };
}

export interface ShownMask {
  truth: Mask;
  predicted: Mask;
  /** Kind of error of each pixel, [height, width], as `splitErrors` numbers them. */
  errors: Uint8Array;
}

/** Masks of the worst test images beside what the baseline's first model says, one image after another. */
export async function worstMasks(context: StageContext, view: View): Promise<Record<string, ShownMask> | undefined> {
  if (!ofMasks(view)) return undefined;
  const digest = await firstBaseline(context);
  if (!(await hasResult(context.store, digest))) return undefined;
  const engine = await openEngine(inputOf(context).engine);
  const model = await loadModel(engine, await context.store.read(modelKey(digest)));
  try {
    const pixels = await collectPixels(context);
    const { height, width, channels } = pixels.shape;
    const [size, bytes] = [height * width, height * width * channels];
    const tolerance = usualTolerance(height, width);
    const shown: Record<string, ShownMask> = {};
    for (const i of worstRows(view)) {
      const row = view.test[i];
      const truth: Mask = { values: pixels.masks!.slice(row * size, (row + 1) * size), height, width };
      const said = await model.predict(pixels.values.subarray(row * bytes, (row + 1) * bytes));
      const predicted = saidMask(said, truth, view.classes.length);
      shown[view.samples.files[row]] = { truth, predicted, errors: splitErrors(truth, predicted, { tolerance }).map };
    }
    return shown;
  } finally {
    model.dispose();
  }
}
