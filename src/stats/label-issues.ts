import { fitTemperature } from "./calibration.ts";
import { addToThresholds, emptyThresholds } from "./confident-joint.ts";
import { scoreLabels, usualConfidence } from "./label-score.ts";
import { labelThreshold, scoreHistogram } from "./label-threshold.ts";

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

/**
 * Whether an image is in the sample that the temperature is fitted on. By a hash of its row (Knuth's multiplicative one), not
 * by every so many-th row: datasets are often written in a rhythm.
 */
export function isFitted(row: number, images: number, classes: number): boolean {
  const wanted = Math.min(FITTED.images, Math.max(1000, Math.floor(FITTED.values / classes)));
  return (Math.imul(row + 1, 2654435761) >>> 0) * images < wanted * 2 ** 32;
}

/**
 * Labels that are likely wrong, by out-of-sample probabilities, without knowledge of the noise rate: `scoreLabel` orders
 * them, `labelThreshold` cuts.
 *
 * @param labels given classes, `[images]`
 * @param probabilities out-of-sample, rows sum to one, `[images, classes]`
 */
export function findLabelIssues(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): LabelIssues {
  const sketch = emptyThresholds(classes);
  addToThresholds(sketch, labels, probabilities);
  const fitted = Array.from(labels, (_, row) => row).filter((row) => isFitted(row, labels.length, classes));
  const someLabels = Int32Array.from(fitted, (row) => labels[row]);
  const some = new Float64Array(fitted.length * classes);
  fitted.forEach((row, s) => {
    for (let k = 0; k < classes; k++) some[s * classes + k] = probabilities[row * classes + k];
  });
  const temperature = fitTemperature(some, someLabels, classes);
  const { score, predicted, rival } = scoreLabels(labels, probabilities, usualConfidence(sketch), temperature);
  const threshold = labelThreshold(scoreHistogram(score));
  const isIssue = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    if (score[i] >= threshold) continue;
    isIssue[i] = 1;
    if (predicted[i] === labels[i]) predicted[i] = rival[i];
  }
  return { isIssue, score, predicted, threshold, temperature };
}
