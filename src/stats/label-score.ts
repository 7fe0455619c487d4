import { type ThresholdSketch, UNIT } from "./confident-joint.ts";

/** A class with few images borrows from all: as if it had so many more of average self-confidence. */
const BORROWED = 5;

/** How sure the model usually is of each class, `[classes]`: class thresholds, steadied for rare classes. */
export function usualConfidence({ sums, counts }: ThresholdSketch): Float64Array {
  const images = counts.reduce((sum, count) => sum + count, 0);
  const mean = sums.reduce((sum, value) => sum + value, 0) / UNIT / Math.max(1, images);
  return sums.map((sum, k) => Math.max(1e-6, (sum / UNIT + BORROWED * mean) / (counts[k] + BORROWED)));
}

/** Scores of a block of images, `[images]`. */
export interface LabelScores {
  /** 0..1, low = bad. */
  score: Float32Array;
  /** The class of highest probability. */
  predicted: Int32Array;
  /** The other class that speaks most against the given label. */
  rival: Int32Array;
}

export const emptyScores = (images: number): LabelScores => ({
  score: new Float32Array(images),
  predicted: new Int32Array(images),
  rival: new Int32Array(images),
});

/**
 * Quality of each label: what the given class weighs against its strongest rival, w(given) / (w(given) + w(rival)), where
 * w(k) = (p(k) / usual confidence in k)^(1/temperature). Dividing by the usual confidence makes classes comparable, as in
 * confident learning (Northcutt et al., 2021, section 3.1); the temperature (Guo et al., 2017), fitted to the labels, takes out how
 * much a model over- or understates, so that one cut fits all models.
 *
 * @param labels given classes, `[images]`
 * @param probabilities `[images, classes]`
 * @param usual `usualConfidence`, `[classes]`
 * @param into written to and returned
 */
export function scoreLabels(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  usual: Float64Array,
  temperature: number,
  into: LabelScores = emptyScores(labels.length),
): LabelScores {
  const classes = usual.length;
  const scale = usual.map((value) => 1 / value);
  // A little more than the largest, for what rounding may take away.
  const mostUsual = (1 + 1e-12) * usual.reduce((most, value) => Math.max(most, value), 0);
  const cooling = 1 / temperature;
  const { score, predicted, rival } = into;
  for (let i = 0; i < labels.length; i++) {
    const start = i * classes;
    const given = labels[i];
    let strongest = -1;
    let most = -1;
    for (let k = 0; k < given; k++) {
      const weight = probabilities[start + k] * scale[k];
      if (weight > most) {
        most = weight;
        strongest = k;
      }
    }
    for (let k = given + 1; k < classes; k++) {
      const weight = probabilities[start + k] * scale[k];
      if (weight > most) {
        most = weight;
        strongest = k;
      }
    }
    const p = probabilities[start + given];
    const own = p * scale[given];
    // The power by logarithm and exponential: half the time of the operator.
    score[i] = own > 0 ? 1 / (1 + Math.exp(Math.log(Math.max(0, most) / own) * cooling)) : 0;
    rival[i] = strongest;
    // No class is more probable than the strongest weight times the largest usual confidence: most rows need no second look.
    predicted[i] = p > most * mostUsual ? given : mostProbable(probabilities, start, classes);
  }
  return into;
}

function mostProbable(probabilities: ArrayLike<number>, start: number, classes: number): number {
  let best = start;
  for (let k = start + 1; k < start + classes; k++) if (probabilities[k] > probabilities[best]) best = k;
  return best - start;
}

/** Probability of the given label. */
export const selfConfidence = (probabilities: ArrayLike<number>, start: number, given: number): number =>
  probabilities[start + given];

/** Given class against the most probable other one, from -1..1 to 0..1. */
export function normalisedMargin(
  probabilities: ArrayLike<number>,
  start: number,
  given: number,
  classes: number,
): number {
  let other = 0;
  for (let k = 0; k < classes; k++) if (k !== given) other = Math.max(other, probabilities[start + k]);
  return (probabilities[start + given] - other + 1) / 2;
}
