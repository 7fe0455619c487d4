/** Probabilities below this say no more than it does: a logarithm of zero would let one image decide. */
const SMALLEST = 1e-12;
const RANGE = { lowest: 0.05, highest: 20 };
/** Of the last step in the inverse temperature, relative: Newton's next one would be about its square. */
const TOLERANCE = 1e-3;
/** What is less likely than the most probable class by this power of e adds nothing to a sum in double precision. */
const FAR = -40;

/**
 * The temperature at which probabilities say their labels best (Guo et al., 2017, section 4.2), in 0.05..20. Above 1 the
 * model was too sure of itself, below 1 not sure enough.
 *
 * The mean negative log likelihood is convex in the inverse temperature b: its slope is the mean of E[log p] - log p(label) and its
 * curvature that of Var[log p], both under probabilities proportional to p^b. Newton's steps need about five looks at the data;
 * one that leaves the bracket is replaced by the bracket's middle.
 *
 * @param probabilities out-of-sample, `[images, classes]`
 */
export function fitTemperature(probabilities: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  const below = logRatios(probabilities, classes);
  let low = 1 / RANGE.highest;
  let high = 1 / RANGE.lowest;
  let inverse = 1;
  while (high / low > 1 + TOLERANCE ** 2) {
    const { slope, curvature } = slopeAt(below, labels, classes, inverse);
    if (curvature === 0) break;
    if (slope > 0) high = inverse;
    else low = inverse;
    const step = inverse - slope / curvature;
    const inside = step > low && step < high;
    const settled = inside && Math.abs(step - inverse) <= TOLERANCE * inverse;
    inverse = inside ? step : Math.sqrt(low * high);
    if (settled) break;
  }
  return 1 / inverse;
}

// A function a row: the compiler comes to know it in the first few, where one loop over all is compiled while it runs, and again
// each time that it is called.

/** Logarithms of probabilities over their row's largest, `[images, classes]`. */
function logRatios(probabilities: ArrayLike<number>, classes: number): Float64Array {
  const below = new Float64Array(probabilities.length);
  for (let start = 0; start < below.length; start += classes) logRatiosOf(probabilities, start, start + classes, below);
  return below;
}

function logRatiosOf(probabilities: ArrayLike<number>, start: number, end: number, below: Float64Array): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = start; k < end; k++) {
    below[k] = Math.log(Math.max(SMALLEST, probabilities[k]));
    if (below[k] > most) most = below[k];
  }
  for (let k = start; k < end; k++) below[k] -= most;
}

/** First and second derivative of the summed negative log likelihood by the inverse temperature. */
function slopeAt(below: Float64Array, labels: ArrayLike<number>, classes: number, inverse: number) {
  const moments = { mean: 0, variance: 0 };
  let slope = 0;
  let curvature = 0;
  for (let i = 0; i < labels.length; i++) {
    momentsOf(below, i * classes, (i + 1) * classes, inverse, moments);
    slope += moments.mean - below[i * classes + labels[i]];
    curvature += moments.variance;
  }
  return { slope, curvature };
}

/** Mean and variance of a row's values under weights e^(value x inverse). */
function momentsOf(
  below: Float64Array,
  start: number,
  end: number,
  inverse: number,
  into: { mean: number; variance: number },
): void {
  const least = FAR / inverse;
  let sum = 0;
  let first = 0;
  let second = 0;
  for (let k = start; k < end; k++) {
    const value = below[k];
    if (value < least) continue;
    const weight = Math.exp(value * inverse);
    sum += weight;
    first += weight * value;
    second += weight * value * value;
  }
  into.mean = first / sum;
  into.variance = second / sum - into.mean * into.mean;
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
