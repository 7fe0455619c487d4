/** How well masks are predicted. Images are scored one by one; figures with intervals are made from their scores. */
import { random } from "../random.ts";
import { resample } from "./arms.ts";
import type { Interval } from "./intervals.ts";
import { assertAlike, filledFrom, IGNORE, type Mask } from "./mask.ts";
import { MASK_ERRORS, type MaskErrors, splitErrors } from "./mask-errors.ts";
import { matchedByClass, outlineOf } from "./mask-shape.ts";
import { spread } from "./metrics.ts";

/** Pixels of one image by class, each `[classes]`; what is to be ignored is left out. */
export interface MaskCounts {
  truth: Int32Array;
  predicted: Int32Array;
  both: Int32Array;
}

export interface ImageScore extends MaskCounts {
  /** `[classes]`; not a number where the class is neither in the truth nor in the prediction. */
  boundaryF: Float64Array;
  /** Wrong pixels of each kind, in the order of `MASK_ERRORS`. */
  errors: Int32Array;
  objects: MaskErrors["objects"];
}

/** The boundary's tolerance where nothing else is said: 0.75 % of the image's diagonal (Csurka et al. 2013, section 3), at least 1 pixel. */
export const usualTolerance = (height: number, width: number): number =>
  Math.max(1, 0.0075 * Math.hypot(height, width));

/** Adds an image's pixels to `matrix` `[true, predicted]`, where one is given. */
export function countPixels(truth: Mask, predicted: Mask, classes: number, matrix?: Float64Array): MaskCounts {
  assertAlike(truth, predicted);
  const own = new Float64Array(classes * classes);
  for (let i = 0; i < truth.values.length; i++)
    if (truth.values[i] !== IGNORE) own[truth.values[i] * classes + predicted.values[i]]++;
  const counts = { truth: new Int32Array(classes), predicted: new Int32Array(classes), both: new Int32Array(classes) };
  for (let was = 0; was < classes; was++)
    for (let is = 0; is < classes; is++) {
      const count = own[was * classes + is];
      counts.truth[was] += count;
      counts.predicted[is] += count;
      if (was === is) counts.both[was] += count;
      if (matrix) matrix[was * classes + is] += count;
    }
  return counts;
}

/**
 * The boundary F-score of each class in one image (Csurka et al. 2013, equations 3 to 5): precision is the share of the predicted
 * outline within `tolerance` pixels of the true one, recall the share of the true outline within it of the predicted one. A class
 * that is only in one of the two scores 0; a class that fills the image has no outline and scores 1 where both agree.
 */
export function boundaryScores(
  truth: Mask,
  predicted: Mask,
  { truth: was, predicted: is }: MaskCounts,
  tolerance: number,
): Float64Array {
  const known = filledFrom(truth, predicted);
  const [trueLines, saidLines] = [outlineOf(known), outlineOf(predicted)];
  const close = (line: Int32Array, of: Mask, other: Int32Array, otherOf: Mask) =>
    matchedByClass(line, of, other, otherOf, was.length, tolerance);
  const precise = close(saidLines, predicted, trueLines, known);
  const recalled = close(trueLines, known, saidLines, predicted);
  return Float64Array.from(was, (_, k) => {
    if (was[k] === 0 && is[k] === 0) return Number.NaN;
    if (was[k] === 0 || is[k] === 0) return 0;
    if (precise.all[k] === 0 || recalled.all[k] === 0) return precise.all[k] === recalled.all[k] ? 1 : 0;
    const precision = precise.matched[k] / precise.all[k];
    const recall = recalled.matched[k] / recalled.all[k];
    return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  });
}

/**
 * All that is kept of one image. Masks may be as large as they are: memory is that of one image.
 *
 * @param tolerance of boundaries, pixels
 * @param matrix `[true, predicted]`, to which the image's pixels are added
 */
export function scoreImage(
  truth: Mask,
  predicted: Mask,
  classes: number,
  { tolerance = usualTolerance(truth.height, truth.width), matrix }: { tolerance?: number; matrix?: Float64Array } = {},
): ImageScore {
  const counts = countPixels(truth, predicted, classes, matrix);
  const { pixels, objects } = splitErrors(truth, predicted, { tolerance });
  return { ...counts, boundaryF: boundaryScores(truth, predicted, counts, tolerance), errors: pixels, objects };
}

/** Intersection over union by class, `[classes]`; not a number for a class in neither. */
export const iouOf = ({ truth, predicted, both }: MaskCounts): Float64Array =>
  Float64Array.from(truth, (pixels, k) => both[k] / (pixels + predicted[k] - both[k]));

/** Mean over numbers, those that are none left out. */
const meanOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++)
    if (!Number.isNaN(values[i])) {
      sum += values[i];
      count++;
    }
  return sum / count;
};

/** Mean IoU of the classes in an image; of the foreground's only, where there is any. It ranks images. */
export function imageIou(counts: MaskCounts): number {
  const iou = iouOf(counts);
  const foreground = meanOf(iou.subarray(1));
  return Number.isNaN(foreground) ? iou[0] : foreground;
}

/** Rows of images, the lowest IoU first; of equals the first. */
export function worstImages(scores: readonly MaskCounts[], most = scores.length): number[] {
  const ious = scores.map(imageIou);
  return [...ious.keys()].sort((a, b) => ious[a] - ious[b] || a - b).slice(0, most);
}

export interface MeasuredSegmentation {
  /** Right pixels over all pixels. */
  pixelAccuracy: Interval;
  /** Means over the classes that occur. */
  meanIou: Interval;
  meanDice: Interval;
  /** Means over the classes but the background. */
  foregroundIou: Interval;
  /** Mean over images and classes in them. */
  boundaryF: Interval;
  perClass: { pixels: number; images: number; iou: Interval; dice: Interval; boundaryF: Interval }[];
  /** Share of all wrong pixels, in the order of `MASK_ERRORS`. */
  errors: { kind: (typeof MASK_ERRORS)[number]; share: Interval }[];
}

/**
 * Figures over a dataset with 95 % intervals. Pixels are summed over images before they are divided, as is usual; an image is what
 * the bootstrap draws, since its pixels are no independent draws. Seeds add their variance, as in `measure`.
 *
 * @param bySeed scores of the same images by each seed's model, `[seeds][images]`
 */
export function measureSegmentation(
  bySeed: readonly (readonly ImageScore[])[],
  classes: number,
  { seed, draws = 1000 }: { seed: number; draws?: number },
): MeasuredSegmentation {
  const images = bySeed[0].length;
  const tables = bySeed.map((scores) => new Table(scores, classes));
  const figures = tables.map((table) => table.figures());
  const drawn = figures[0].map(() => new Float64Array(draws));
  const chance = random(seed);
  const weights = new Float64Array(images);
  for (let b = 0; b < draws; b++) {
    resample(weights, chance);
    for (const table of tables)
      table.figures(weights).forEach((figure, f) => {
        drawn[f][b] += figure / tables.length;
      });
  }
  let next = 0;
  const figure = (): Interval => {
    const f = next++;
    return spread(
      figures.map((each) => each[f]),
      drawn[f],
      images,
      { lowest: 0, highest: 1 },
    );
  };
  // In the order of `Table.figures`.
  const [pixelAccuracy, meanIou, meanDice, foregroundIou, boundaryF] = [
    figure(),
    figure(),
    figure(),
    figure(),
    figure(),
  ];
  const ofClasses = () => Array.from({ length: classes }, figure);
  const [iou, dice, outline] = [ofClasses(), ofClasses(), ofClasses()];
  return {
    pixelAccuracy,
    meanIou,
    meanDice,
    foregroundIou,
    boundaryF,
    perClass: iou.map((each, k) => ({
      pixels: bySeed[0].reduce((sum, { truth }) => sum + truth[k], 0),
      images: bySeed[0].filter(({ truth }) => truth[k] > 0).length,
      iou: each,
      dice: dice[k],
      boundaryF: outline[k],
    })),
    errors: MASK_ERRORS.map((kind) => ({ kind, share: figure() })),
  };
}

/** One seed's scores as columns, so that a draw of images is a few sums. */
class Table {
  private readonly columns: Float64Array[];

  constructor(
    scores: readonly ImageScore[],
    private readonly classes: number,
  ) {
    const column = (value: (score: ImageScore) => number) => Float64Array.from(scores, value);
    const each = (value: (score: ImageScore, k: number) => number, count = classes) =>
      Array.from({ length: count }, (_, k) => column((score) => value(score, k)));
    this.columns = [
      ...each(({ truth }, k) => truth[k]),
      ...each(({ predicted }, k) => predicted[k]),
      ...each(({ both }, k) => both[k]),
      ...each(({ boundaryF }, k) => (Number.isNaN(boundaryF[k]) ? 0 : boundaryF[k])),
      ...each(({ boundaryF }, k) => (Number.isNaN(boundaryF[k]) ? 0 : 1)),
      ...each(({ errors }, k) => errors[k], MASK_ERRORS.length),
    ];
  }

  /** Pixel accuracy, mean IoU, mean Dice, foreground IoU, boundary F; IoU, Dice and boundary F by class; shares of errors. */
  figures(weights?: Float64Array): number[] {
    const { classes } = this;
    const sums = this.columns.map((column) => {
      let sum = 0;
      for (let i = 0; i < column.length; i++) sum += weights ? weights[i] * column[i] : column[i];
      return sum;
    });
    const part = (at: number) => sums.slice(at * classes, (at + 1) * classes);
    const [truth, predicted, both, outlines, outlined] = [part(0), part(1), part(2), part(3), part(4)];
    const errors = sums.slice(5 * classes);
    const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
    const iou = truth.map((pixels, k) => both[k] / (pixels + predicted[k] - both[k]));
    const dice = truth.map((pixels, k) => (2 * both[k]) / (pixels + predicted[k]));
    const wrong = total(errors);
    return [
      total(both) / total(truth),
      meanOf(iou),
      meanOf(dice),
      meanOf(iou.slice(1)),
      total(outlines) / total(outlined),
      ...iou,
      ...dice,
      ...outlines.map((sum, k) => sum / outlined[k]),
      ...errors.map((pixels) => pixels / wrong),
    ];
  }
}
