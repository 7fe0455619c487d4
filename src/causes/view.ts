import type { DuplicatePair } from "../dataset/duplicates.ts";
import type { ImageShape, Split, Task } from "../dataset/types.ts";
import type { Variant } from "../model/perturb.ts";
import type { EpochPoint, Recipe } from "../model/types.ts";
import { maskError, maskRowWidth } from "../stats/mask-row.ts";

export type { DuplicatePair };

/** A metadata column: one value a sample; `undefined` where the manifest left it empty. */
export interface Column {
  name: string;
  values: (string | number | undefined)[];
}

/** Every usable sample of the dataset, column by column. A sample's index is its row everywhere in the audit. */
export interface Samples {
  files: string[];
  labels: Int32Array;
  splits: Split[];
  groups: (string | undefined)[];
  /** Digest of the decoded pixels at their original size. */
  hashes: string[];
  columns: Column[];
  /** What is measured of each image by itself, one value a sample; absent where nothing was. */
  measures?: Measures;
}

/** Measures of images by themselves, each `[samples]`. Lengths are fractions, grey values 0..1. */
export type Measures = Record<MeasureName, Float32Array>;
export const MEASURES = [
  "brightness",
  "contrast",
  "sharpness",
  "entropy",
  "warmth",
  "greenness",
  "border",
  "top left",
  "top right",
  "bottom left",
  "bottom right",
] as const;
export type MeasureName = (typeof MEASURES)[number];

/**
 * Probabilities of one trained model (or of the given predictions) for `rows`. `values`: [rows, classes]; of masks what is kept of
 * each image, [rows, maskRowWidth] (src/stats/mask-row.ts).
 */
export interface Predictions {
  rows: Int32Array;
  values: Float32Array;
}

export interface Features {
  rows: Int32Array;
  /** [rows, width] */
  values: Float32Array;
  width: number;
}

/** What one model says of changed copies of some test images; the first variant is the image as it is. */
export interface Perturbed {
  rows: Int32Array;
  variants: Variant[];
  /** Most probable class, and its probability: [rows, variants]. */
  predicted: Int32Array;
  confidence: Float32Array;
}

/** How the training of one baseline went. */
export interface TrainingTrace {
  seed: number;
  curve: EpochPoint[];
  diverged: boolean;
}

/** All that screening may look at: the dataset's columns and what the baseline said about it. Rows index `samples`. */
export interface View {
  /** The run's seed: every random choice of the audit derives from it. */
  seed: number;
  /** Classification where nothing is said. */
  task?: Task;
  /** Of masks: class 0 is the background. A sample's label is then its commonest class but the background. */
  classes: string[];
  shape: ImageShape;
  samples: Samples;
  /** Rows by split. */
  train: Int32Array;
  validation: Int32Array;
  test: Int32Array;
  /** Absent where the subject is a model or predictions: nothing can be retrained then. */
  recipe?: Recipe;
  /** The baseline's test predictions, one a seed. */
  tested: Predictions[];
  /** Fraction of the seeds that get each test image wrong, in the order of `test`; of masks their mean of 1 - IoU. */
  testErrors: Float32Array;
  /** Out-of-sample predictions of the training images from cross-validation, averaged over repeats. */
  outOfFold?: Predictions;
  /** Fraction of the cross-validation's models that get each test image wrong, in the order of `test`. Absent of masks. */
  foldErrors?: Float32Array;
  /** Predictions of the training images by a model that was trained on them, without dropout or augmentation. */
  inSample?: Predictions;
  features?: Features;
  /** Absent where only predictions are known. */
  perturbed?: Perturbed;
  traces: TrainingTrace[];
  duplicates: DuplicatePair[];
  /** Of masks: pixels of each sample's mask by class, at the model's size, [samples, classes]. */
  masks?: {
    pixels: Float64Array;
    /** Where predicted masks were given: they are judged at their own size, without probabilities. The outlines' mean tolerance there, pixels. */
    asGiven?: { tolerance: number };
  };
}

export const ofMasks = ({ task }: Pick<View, "task">): boolean => task === "segmentation";

/** Numbers that are kept of each predicted image. */
export const rowWidth = (view: Pick<View, "task" | "classes">): number =>
  ofMasks(view) ? maskRowWidth(view.classes.length) : view.classes.length;

/** Error of each row: 1 where the most probable class is not the label, 0 elsewhere; of masks 1 - IoU. */
export function errorsOf(
  { rows, values }: Predictions,
  view: Pick<View, "task" | "classes" | "samples">,
): Float32Array {
  const classes = view.classes.length;
  if (ofMasks(view)) return Float32Array.from(rows, (_, i) => maskError(values, i, classes));
  return Float32Array.from(rows, (row, i) => (argmax(values, i, classes) === view.samples.labels[row] ? 0 : 1));
}

/** The class of highest probability in row `row` of `values` [rows, classes]; -1 where a model that diverged gave no number. */
export function argmax(values: Float32Array, row: number, classes: number): number {
  if (Number.isNaN(values[row * classes])) return -1;
  let best = 0;
  for (let k = 1; k < classes; k++) if (values[row * classes + k] > values[row * classes + best]) best = k;
  return best;
}

/** Features of some rows, all of which have some: [rows, width]. */
export function featuresOf(features: Features, rows: ArrayLike<number>): Float32Array {
  const { width } = features;
  const at = new Map(Array.from(features.rows, (row, i) => [row, i]));
  const values = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const start = at.get(rows[i])! * width;
    values.set(features.values.subarray(start, start + width), i * width);
  }
  return values;
}

/** Number of rows of each class. */
export function countsByClass(rows: Int32Array, labels: Int32Array, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const row of rows) counts[labels[row]]++;
  return counts;
}
