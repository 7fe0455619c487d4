import { fitTemperature } from "./calibration.ts";
import { addToThresholds, emptyThresholds, type ThresholdSketch } from "./confident-joint.ts";
import { type LabelScores, scoreLabels, usualConfidence } from "./label-score.ts";
import { addToHistogram, labelThreshold, SCORE_BINS } from "./label-threshold.ts";

export interface LabelIssues {
  /** 1 where the label is likely wrong, `[images]`. */
  isIssue: Uint8Array;
  /** Label quality in 0..1, low = bad, `[images]`. */
  score: Float32Array;
  /** The class that the model suggests: the most probable one; of a flagged image never the given one. `[images]` */
  predicted: Int32Array;
  /** Labels with a score below it are flagged. */
  threshold: number;
  /** Fitted to the labels; above 1 the model was too sure of itself. */
  temperature: number;
}

/** Images and values that the temperature is fitted on at most: one number needs no more. */
const FITTED = { images: 20_000, values: 1_000_000 };

/** Rows of the sample that the temperature is fitted on, as a bound for `isFitted`. */
const sampleBound = (classes: number): number =>
  Math.min(FITTED.images, Math.max(1000, Math.floor(FITTED.values / classes))) * 2 ** 32;

/**
 * Whether an image is in that sample. By a hash of its row (Knuth's multiplicative one), not by every so many-th row: datasets are often
 * written in a rhythm.
 */
const isFitted = (row: number, images: number, bound: number): boolean =>
  (Math.imul(row + 1, 2654435761) >>> 0) * images < bound;

/** What the first pass gathers. */
export interface LabelSketch {
  thresholds: ThresholdSketch;
  /** The sample that the temperature is fitted on: `[rows, classes]`, and its labels `[rows]`. */
  probabilities: Float64Array;
  labels: Int32Array;
  /** Rows of the sample so far. */
  fitted: number;
  /** The row that comes next. */
  row: number;
  /** Rows of all blocks, at most. */
  images: number;
}

export function emptyLabelSketch(images: number, classes: number): LabelSketch {
  const bound = sampleBound(classes);
  let rows = 0;
  for (let row = 0; row < images; row++) if (isFitted(row, images, bound)) rows++;
  return {
    thresholds: emptyThresholds(classes),
    probabilities: new Float64Array(rows * classes),
    labels: new Int32Array(rows),
    fitted: 0,
    row: 0,
    images,
  };
}

/** First pass: adds the block of images that comes next. `probabilities` is `[images, classes]`, `labels` `[images]`. */
export function addToLabelSketch(
  sketch: LabelSketch,
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): void {
  const classes = sketch.thresholds.counts.length;
  addToThresholds(sketch.thresholds, labels, probabilities);
  const { row, images } = sketch;
  const bound = sampleBound(classes);
  sketch.row += labels.length;
  for (let i = 0; i < labels.length; i++) {
    if (!isFitted(row + i, images, bound)) continue;
    sketch.labels[sketch.fitted] = labels[i];
    const to = sketch.fitted++ * classes;
    for (let k = 0; k < classes; k++) sketch.probabilities[to + k] = probabilities[i * classes + k];
  }
}

/** By what all labels of a dataset are scored, and the scores that were counted so far. */
export interface LabelScale {
  usual: Float64Array;
  temperature: number;
  /** Of label scores in equal bins, `[200]`: parts add up. */
  histogram: Float64Array;
}

export function labelScale({ thresholds, probabilities, labels, fitted }: LabelSketch): LabelScale {
  const classes = thresholds.counts.length;
  const sample = probabilities.subarray(0, fitted * classes);
  const temperature = fitTemperature(sample, labels.subarray(0, fitted), classes);
  return { usual: usualConfidence(thresholds), temperature, histogram: new Float64Array(SCORE_BINS) };
}

/** Second pass: scores a block of images and counts the scores. */
export function scoreAndCount(
  { usual, temperature, histogram }: LabelScale,
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  into?: LabelScores,
): LabelScores {
  const scores = scoreLabels(labels, probabilities, usual, temperature, into);
  addToHistogram(histogram, scores.score);
  return scores;
}

/** The class that a model suggests for image `i`, which is flagged: the most probable one other than its label. */
export const suggestedClass = ({ predicted, rival }: LabelScores, i: number, given: number): number =>
  predicted[i] === given ? rival[i] : predicted[i];

/**
 * Labels that are likely wrong, by out-of-sample probabilities, without knowledge of the noise rate: `scoreLabel` orders
 * them, `labelThreshold` cuts. The same as two passes over blocks: `addToLabelSketch`, then `scoreAndCount`.
 *
 * @param labels given classes, `[images]`
 * @param probabilities out-of-sample, rows sum to one, `[images, classes]`
 */
export function findLabelIssues(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): LabelIssues {
  const sketch = emptyLabelSketch(labels.length, classes);
  addToLabelSketch(sketch, labels, probabilities);
  const scale = labelScale(sketch);
  const scores = scoreAndCount(scale, labels, probabilities);
  const { score, predicted } = scores;
  const threshold = labelThreshold(scale.histogram);
  const isIssue = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    if (score[i] >= threshold) continue;
    isIssue[i] = 1;
    predicted[i] = suggestedClass(scores, i, labels[i]);
  }
  return { isIssue, score, predicted, threshold, temperature: scale.temperature };
}
