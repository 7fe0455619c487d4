/** What a report says of masks beyond errors and causes: figures by class, kinds of errors, the worst images with their masks. */
import { jobDigest } from "../../audit/job.ts";
import { type Arm, armJob, freshSeeds } from "../../audit/lab.ts";
import type { Proof } from "../../audit/prove.ts";
import { pixelsOf } from "../../audit/run-job.ts";
import { isDoubted, maskSuspects } from "../../causes/label-suspects.ts";
import { many } from "../../causes/say.ts";
import { errorsOf, type Predictions, type View } from "../../causes/view.ts";
import { openEngine } from "../../engine/open.ts";
import { loadModel } from "../../model/load.ts";
import type { Predictor } from "../../model/types.ts";
import { deriveSeed } from "../../random.ts";
import type { LabelIssueRow, MaskedImage, MaskFigures, Segmentation, ShownMasks } from "../../report/schema.ts";
import type { Mask } from "../../stats/mask.ts";
import { MASK_ERRORS, splitErrors } from "../../stats/mask-errors.ts";
import { type MaskRow, readMaskRow, saidMask } from "../../stats/mask-row.ts";
import { imageIou, type MeasuredSegmentation, measureSegmentation, usualTolerance } from "../../stats/segmentation.ts";
import type { StageContext } from "../stage.ts";
import { engineKey, usualBaseline } from "./audit.ts";
import { collectPixels, readIntake } from "./collected.ts";
import { inputOf } from "./input.ts";
import { isBelieved, maskIssueRow } from "./mask-issues.ts";
import { modelKey } from "./results.ts";
import { shownBy } from "./shown-given.ts";

/** Images that report.json names, at most. */
const WORST = 24;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const known = (values: ArrayLike<number>): number[] => Array.from(values).filter((value) => !Number.isNaN(value));
const orNull = <T extends { value: number }>(interval: T): T | null =>
  Number.isFinite(interval.value) ? interval : null;

/** What a report of masks is made from: the figures of report.json, errors by seed, each test image, what is said of given masks. */
export function segmentationOf(view: View, proof?: Proof) {
  const classes = view.classes.length;
  const bySeed = view.tested.map((predictions) => scoresOf(predictions, classes));
  const images = view.test.length > 0 ? imagesOf(view, bySeed) : [];
  const worst = [...images.keys()]
    .sort((a, b) => images[a].iou - images[b].iou || a - b)
    .slice(0, WORST)
    .map((i) => images[i]);
  return {
    figures: { ...figuresOf(view, bySeed), worst, ...(proof ? fixedOf(view, proof) : {}) },
    errors: view.tested.map((predictions) => errorsOf(predictions, view)),
    images,
    labelIssues: labelIssues(view),
  };
}

function figuresOf(view: View, bySeed: MaskRow[][]): Omit<Segmentation, "worst" | "after"> {
  const measured = measuredMasks(view, bySeed);
  const { perClass, ...means } = maskFiguresOf(view, measured);
  const perSeed = (value: (row: MaskRow) => number) =>
    mean(bySeed.map((rows) => rows.reduce((sum, row) => sum + value(row), 0)));
  const wrong = MASK_ERRORS.map((_, e) => perSeed(({ errors }) => errors[e]));
  const all = wrong.reduce((sum, pixels) => sum + pixels, 0);
  return {
    tolerance: view.masks?.asGiven?.tolerance ?? usualTolerance(view.shape.height, view.shape.width),
    ...means,
    pixelAccuracy: measured.pixelAccuracy,
    perClass: perClass.map((each, k) => ({
      ...each,
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
  };
}

const measuredMasks = (view: View, bySeed: MaskRow[][]): MeasuredSegmentation =>
  measureSegmentation(bySeed, view.classes.length, { seed: deriveSeed(view.seed, "metrics") });

const maskFiguresOf = (
  { classes }: View,
  { meanIou, foregroundIou, meanDice, boundaryF, perClass }: MeasuredSegmentation,
): MaskFigures => ({
  meanIou,
  foregroundIou,
  meanDice,
  boundaryF,
  perClass: perClass.map((each, k) => ({
    class: classes[k],
    iou: orNull(each.iou),
    dice: orNull(each.dice),
    boundaryF: orNull(each.boundaryF),
  })),
});

/**
 * The subject and all confirmed fixes on the quoting half of the test images, by the same seeds: what the proof compared, from the rows
 * that are kept of each prediction. Nothing where no fix is confirmed.
 */
function fixedOf(view: View, { together, halves }: Proof): Pick<Segmentation, "after"> {
  if (!together || together.said.before.length === 0 || together.said.after.length === 0) return {};
  const { causes, said } = together;
  const figures = (of: Predictions[]) =>
    maskFiguresOf(
      view,
      measuredMasks(
        view,
        of.map((each) => scoresOf(each, view.classes.length, halves.quote)),
      ),
    );
  const [before, after] = [figures(said.before), figures(said.after)];
  const iou = ({ foregroundIou }: MaskFigures) => foregroundIou.value.toFixed(2);
  const images = halves.quote.length;
  const seeds = said.after.length;
  return {
    after: {
      says: `With ${causes.join(" and ")} put right the foreground IoU is ${iou(after)} where it was ${iou(before)}, on ${many(images, "test image")} that nothing was chosen on (${many(seeds, "fresh seed")}).`,
      images,
      seeds,
      before,
      ...after,
    },
  };
}

/** In the order of `view.test`. */
const imagesOf = (view: View, bySeed: MaskRow[][]): MaskedImage[] =>
  Array.from(view.test, (row, i) => ({
    file: view.samples.files[row],
    iou: mean(bySeed.map((rows) => imageIou(rows[i]))),
    boundaryF: mean(bySeed.map((rows) => mean(known(rows[i].boundaryF)))),
    errors: MASK_ERRORS.map((_, e) => mean(bySeed.map((rows) => rows[i].errors[e]))),
  }));

/** Of every image that models which had not seen it were asked about. All baselines judge the test images. */
function labelIssues(view: View): LabelIssueRow[] {
  const judged = [
    ...(view.outOfFold ? maskSuspects(view, view.outOfFold) : []),
    ...agreedOn(view.tested.map((each) => maskSuspects(view, each))),
  ];
  const believed = isBelieved(judged.filter(isDoubted).length, judged.length);
  return judged.map((mask) => {
    const { files, splits } = view.samples;
    return maskIssueRow({ file: files[mask.row], split: splits[mask.row] }, mask, view.classes, believed);
  });
}

/** Several models' opinions of the same masks as one: of each mask the middle one, so that it is in doubt where most models doubt it. */
function agreedOn<T extends { row: number; score: number }>(models: T[][]): T[] {
  const byRow = new Map<number, T[]>();
  for (const opinion of models.flat()) {
    const others = byRow.get(opinion.row);
    if (others) others.push(opinion);
    else byRow.set(opinion.row, [opinion]);
  }
  return [...byRow.values()].map(
    (opinions) => opinions.sort((a, b) => a.score - b.score)[Math.floor(opinions.length / 2)],
  );
}

/** What is kept of predicted masks: of all rows, or of some. */
function scoresOf({ rows, values }: Predictions, classes: number, some: Int32Array = rows): MaskRow[] {
  const at = new Map(Array.from(rows, (row, i) => [row, i]));
  return Array.from(some, (row) => readMaskRow(values, at.get(row)!, classes));
}

/** How much there is of a class: images that show it, and pixels at the model's size. */
function extentOf({ classes, masks }: View, rows: Int32Array, k: number): { images: number; pixels: number } {
  const each = Array.from(rows, (row) => masks!.pixels[row * classes.length + k]);
  return { images: each.filter((pixels) => pixels > 0).length, pixels: each.reduce((sum, pixels) => sum + pixels, 0) };
}

/**
 * Masks of `files`, those of test images and of images beyond the audit set beside what the baseline's usual model says; of test images
 * the model of `fixed` too, where there is one. They are predicted one after another. Of the training images the models that had not
 * seen them are not kept: the mask stands alone.
 */
export async function shownMasks(
  context: StageContext,
  view: View,
  files: ReadonlySet<string>,
  fixed?: Arm,
): Promise<Record<string, ShownMasks>> {
  const shownRows = (rows: Int32Array) => rows.filter((row) => files.has(view.samples.files[row]));
  const rows = shownRows(view.test);
  const { trainedBy, engine: asked } = inputOf(context);
  const intake = await readIntake(context);
  const engine = await openEngine(trainedBy ? asked : intake.engine.name);
  const pixels = await collectPixels(context);
  const { height, width } = pixels.shape;
  const truthOf = (row: number): Mask => ({
    values: pixels.masks!.slice(row * height * width, (row + 1) * height * width),
    height,
    width,
  });
  const withModel = async <T>(digest: string, use: (model: Predictor) => Promise<T>): Promise<T | undefined> => {
    if (!(await context.store.exists(modelKey(digest)))) return undefined;
    const model = await loadModel(engine, await context.store.read(modelKey(digest)));
    try {
      return await use(model);
    } finally {
      model.dispose();
    }
  };
  const saidBy = async (model: Predictor): Promise<Mask[]> => {
    const masks: Mask[] = [];
    for (const row of rows) {
      const said = await model.predict(pixelsOf(pixels, Int32Array.of(row)));
      masks.push(saidMask(said, truthOf(row), view.classes.length));
    }
    return masks;
  };
  const audited = new Set(view.samples.files);
  const beyond = new Set([...files].filter((file) => !audited.has(file)));
  const shown: Record<string, ShownMasks> = {};
  const baseline = await usualBaseline(context);
  const before =
    baseline &&
    (await withModel(baseline, async (model) => {
      if (beyond.size > 0) Object.assign(shown, await shownBy(context, beyond, model));
      return saidBy(model);
    }));
  const job = fixed && armJob(view, fixed, freshSeeds(view.seed, 1)[0]);
  const after = job && (await withModel(jobDigest(job, view.samples.hashes, engineKey(intake)), saidBy));
  const tolerance = usualTolerance(height, width);
  rows.forEach((row, i) => {
    const truth = truthOf(row);
    shown[view.samples.files[row]] = {
      truth,
      ...(before ? { predicted: before[i], errors: splitErrors(truth, before[i], { tolerance }).map } : {}),
      ...(after ? { after: after[i] } : {}),
    };
  });
  for (const row of shownRows(view.train)) shown[view.samples.files[row]] = { truth: truthOf(row) };
  return shown;
}
