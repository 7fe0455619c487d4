/** Probabilities below this say no more than it does: a logarithm of zero would let one image decide. */
const SMALLEST = 1e-12;
const RANGE = { lowest: 0.05, highest: 20 };
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Mean negative log likelihood of `labels` under probabilities cooled by `temperature` (proportional to p^(1/temperature)).
 *
 * @param logarithms log probabilities or logits, `[images, classes]`
 */
export function coolingLoss(
  logarithms: Float64Array,
  labels: ArrayLike<number>,
  classes: number,
  temperature: number,
): number {
  let loss = 0;
  for (let i = 0; i < labels.length; i++) {
    const start = i * classes;
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) most = Math.max(most, logarithms[start + k]);
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      const below = (logarithms[start + k] - most) / temperature;
      if (below > -40) sum += Math.exp(below);
    }
    loss += Math.log(sum) - (logarithms[start + labels[i]] - most) / temperature;
  }
  return loss / Math.max(1, labels.length);
}

/**
 * The temperature at which probabilities say their labels best (Guo et al., 2017, section 4.2), by golden section over its
 * logarithm, in 0.05..20. Above 1 the model was too sure of itself, below 1 not sure enough.
 *
 * @param probabilities out-of-sample, `[images, classes]`
 */
export function fitTemperature(probabilities: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  const logarithms = Float64Array.from(probabilities, (p) => Math.log(Math.max(SMALLEST, p)));
  const loss = (at: number) => coolingLoss(logarithms, labels, classes, Math.exp(at));
  let low = Math.log(RANGE.lowest);
  let high = Math.log(RANGE.highest);
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let atLeft = loss(left);
  let atRight = loss(right);
  while (high - low > 1e-3) {
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - GOLDEN * (high - low);
      atLeft = loss(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + GOLDEN * (high - low);
      atRight = loss(right);
    }
  }
  return Math.exp((low + high) / 2);
}

/** Probabilities proportional to p^(1/temperature), `[images, classes]`. */
export function cool(probabilities: ArrayLike<number>, classes: number, temperature: number): Float32Array {
  const cooled = new Float32Array(probabilities.length);
  for (let start = 0; start < cooled.length; start += classes) {
    let most = 0;
    for (let k = 0; k < classes; k++) most = Math.max(most, probabilities[start + k]);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += cooled[start + k] = (probabilities[start + k] / most) ** (1 / temperature);
    for (let k = 0; k < classes; k++) cooled[start + k] /= sum;
  }
  return cooled;
}
