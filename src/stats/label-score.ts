import { type ThresholdSketch, UNIT } from "./confident-joint.ts";

/** A class with few images borrows from all: as if it had so many more of average self-confidence. */
const BORROWED = 5;

/** How sure the model usually is of each class, `[classes]`: class thresholds, steadied for rare classes. */
export function usualConfidence({ sums, counts }: ThresholdSketch): Float64Array {
  const images = counts.reduce((sum, count) => sum + count, 0);
  const mean = sums.reduce((sum, value) => sum + value, 0) / UNIT / Math.max(1, images);
  return sums.map((sum, k) => Math.max(1e-6, (sum / UNIT + BORROWED * mean) / (counts[k] + BORROWED)));
}

export interface LabelScore {
  /** 0..1, low = bad. */
  score: number;
  /** The class of highest probability. */
  predicted: number;
  /** The other class that speaks most against the given label. */
  rival: number;
}

/**
 * Quality of one label: what the given class weighs against its strongest rival, w(given) / (w(given) + w(rival)), where
 * w(k) = (p(k) / usual confidence in k)^(1/temperature). Dividing by the usual confidence makes classes comparable, as in
 * confident learning (Northcutt et al., 2021, section 3.1); the temperature (Guo et al., 2017), fitted to the labels, takes out how
 * much a model over- or understates, so that one cut fits all models.
 *
 * @param probabilities `[.., classes]`, read from `start`
 */
export function scoreLabel(
  probabilities: ArrayLike<number>,
  start: number,
  given: number,
  usual: Float64Array,
  temperature: number,
  into: LabelScore,
): LabelScore {
  let predicted = 0;
  let rival = -1;
  let most = -1;
  for (let k = 0; k < usual.length; k++) {
    const p = probabilities[start + k];
    if (p > probabilities[start + predicted]) predicted = k;
    if (k === given) continue;
    const weight = p / usual[k];
    if (weight > most) {
      most = weight;
      rival = k;
    }
  }
  const own = probabilities[start + given] / usual[given];
  into.score = own > 0 ? 1 / (1 + (Math.max(0, most) / own) ** (1 / temperature)) : 0;
  into.predicted = predicted;
  into.rival = rival;
  return into;
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
