/** What is kept of one predicted mask: a row of numbers, however large the image. */
import { IGNORE, type Mask } from "./mask.ts";
import { MASK_ERRORS, type MaskErrors } from "./mask-errors.ts";
import { type MaskLabelScore, type SuspectRegion, scoreAgainstMask, scoreMask } from "./mask-label-score.ts";
import { mostProbable } from "./metrics.ts";
import { type ImageScore, imageIou, type MaskCounts, scoreImage } from "./segmentation.ts";

/** A row read back. `label` is what the prediction says of the given mask. */
export interface MaskRow extends ImageScore {
  label: {
    /** 0..1, low = bad. */
    score: number;
    /** The region that speaks most against the mask, where one does. */
    region?: Pick<SuspectRegion, "given" | "predicted" | "box">;
  };
}

/** Numbers a class: pixels of truth, prediction and both, boundary F. */
const BY_CLASS = 4;
const OBJECTS = ["true", "missed", "wrongClass", "false"] as const satisfies (keyof MaskErrors["objects"])[];
/** Label score; given and predicted class of the worst region (-1 where there is none), its box. */
const LABEL = 7;
const REGION = 6;

/** Numbers a row. */
export const maskRowWidth = (classes: number): number =>
  BY_CLASS * classes + MASK_ERRORS.length + OBJECTS.length + LABEL;

/** The most probable class of each pixel. @param probabilities [height, width, classes] */
export const saidMask = (probabilities: Float32Array, { height, width }: Mask, classes: number): Mask => ({
  values: Uint8Array.from(mostProbable(probabilities, classes)),
  height,
  width,
});

/**
 * Scores one image. Nothing else of its probabilities needs to be kept.
 *
 * @param probabilities [height, width, classes]
 * @returns [maskRowWidth]
 */
export const maskRow = (probabilities: Float32Array, truth: Mask, classes: number): Float32Array =>
  rowOf(
    scoreImage(truth, saidMask(probabilities, truth, classes), classes),
    scoreMask(probabilities, truth, classes, { most: 1 }),
  );

/**
 * The same of a predicted mask without probabilities.
 *
 * @param said a class everywhere, of the size of `truth`
 * @param shown size to which the region's box is brought, pixels
 */
export function rowOfMask(
  said: Mask,
  truth: Mask,
  classes: number,
  shown: { height: number; width: number } = truth,
): Float32Array {
  const label = scoreAgainstMask(said, truth, classes, { most: 1 });
  const [tall, wide] = [shown.height / truth.height, shown.width / truth.width];
  const regions = label.regions.map(({ box: [top, left, bottom, right], ...region }): SuspectRegion => {
    const box: SuspectRegion["box"] = [
      Math.floor(top * tall),
      Math.floor(left * wide),
      Math.ceil(bottom * tall),
      Math.ceil(right * wide),
    ];
    return { ...region, box };
  });
  return rowOf(scoreImage(truth, said, classes), { ...label, regions });
}

function rowOf(image: ImageScore, { score, regions: [worst] }: MaskLabelScore): Float32Array {
  const { truth, predicted, both, boundaryF, errors, objects } = image;
  return Float32Array.from([
    ...truth,
    ...predicted,
    ...both,
    ...boundaryF,
    ...errors,
    ...OBJECTS.map((kind) => objects[kind]),
    score,
    ...(worst ? [worst.given, worst.predicted, ...worst.box] : [-1, -1, 0, 0, 0, 0]),
  ]);
}

/** Row `row` of `values` [rows, maskRowWidth]. */
export function readMaskRow(values: Float32Array, row: number, classes: number): MaskRow {
  let at = row * maskRowWidth(classes);
  const next = (count: number) => values.subarray(at, (at += count));
  const counts = () => Int32Array.from(next(classes));
  const [truth, predicted, both] = [counts(), counts(), counts()];
  const boundaryF = Float64Array.from(next(classes));
  const errors = Int32Array.from(next(MASK_ERRORS.length));
  const objects = Object.fromEntries(OBJECTS.map((kind) => [kind, next(1)[0]])) as unknown as MaskErrors["objects"];
  const [score, given, said, top, left, bottom, right] = next(LABEL);
  const region = given < 0 ? {} : { region: { given, predicted: said, box: [top, left, bottom, right] as const } };
  return { truth, predicted, both, boundaryF, errors, objects, label: { score, ...region } as MaskRow["label"] };
}

/** 1 - mean IoU of an image's foreground classes: what takes the place of right or wrong. */
export const maskError = (values: Float32Array, row: number, classes: number): number =>
  1 - imageIou(readMaskRow(values, row, classes));

/**
 * How much of an image's objects is right when outlines drawn a little apart are forgiven: 1 - wrong pixels away from outlines over
 * the pixels of truth's and prediction's foreground. IoU itself never comes near 1 where objects are small.
 */
export function beyondOutlines({ truth, predicted, both, errors }: MaskCounts & Pick<ImageScore, "errors">): number {
  let union = 0;
  for (let k = 1; k < truth.length; k++) union += truth[k] + predicted[k] - both[k];
  const outline = errors[MASK_ERRORS.indexOf("boundary")];
  const wrong = errors.reduce((sum, pixels) => sum + pixels, 0) - outline;
  return union === 0 ? 1 : Math.max(0, 1 - wrong / union);
}

/** Repeated rows of one image as one: means, with the region of the one that doubts the mask most. */
export function meanMaskRow(rows: readonly Float32Array[]): Float32Array {
  const mean = rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i] / rows.length, 0));
  const score = mean.length - LABEL;
  const worst = rows.reduce((a, b) => (b[score] < a[score] ? b : a));
  mean.set(worst.subarray(mean.length - REGION), mean.length - REGION);
  return mean;
}

/** Adds a mask's pixels by class, those to be ignored left out. */
export function pixelsByClass({ values }: Pick<Mask, "values">, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const value of values) if (value !== IGNORE) counts[value]++;
  return counts;
}
