import type { DuplicatePair } from "../dataset/duplicates.ts";
import type { ImageShape, Split } from "../dataset/types.ts";
import type { Variant } from "../model/perturb.ts";
import type { EpochPoint, Recipe } from "../model/types.ts";

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

/** Probabilities of one trained model (or of the given predictions) for `rows`. `values`: [rows, classes]. */
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
  /** Fraction of the seeds that get each test image wrong, in the order of `test`. */
  testErrors: Float32Array;
  /** Out-of-sample predictions of the training images from cross-validation, averaged over repeats. */
  outOfFold?: Predictions;
  /** Predictions of the training images by a model that was trained on them, without dropout or augmentation. */
  inSample?: Predictions;
  features?: Features;
  /** Absent where only predictions are known. */
  perturbed?: Perturbed;
  traces: TrainingTrace[];
  duplicates: DuplicatePair[];
}

/** The class of highest probability in row `row` of `values` [rows, classes]; -1 where a model that diverged gave no number. */
export function argmax(values: Float32Array, row: number, classes: number): number {
  if (Number.isNaN(values[row * classes])) return -1;
  let best = 0;
  for (let k = 1; k < classes; k++) if (values[row * classes + k] > values[row * classes + best]) best = k;
  return best;
}

/** Fraction of rows whose most probable class is the label. */
export function accuracyOf(predictions: Predictions, labels: Int32Array, classes: number): number {
  let right = 0;
  predictions.rows.forEach((row, i) => {
    if (argmax(predictions.values, i, classes) === labels[row]) right++;
  });
  return right / Math.max(1, predictions.rows.length);
}

/** Number of rows of each class. */
export function countsByClass(rows: Int32Array, labels: Int32Array, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const row of rows) counts[labels[row]]++;
  return counts;
}
