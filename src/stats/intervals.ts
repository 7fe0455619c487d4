import t from "@stdlib/stats-base-dists-t";

/** A figure with its interval, 95 % unless said otherwise. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** Where a figure can lie at all: its interval is cut off there. */
export interface Bounds {
  lowest?: number;
  highest?: number;
}

/** Share of a normal distribution below `z` standard deviations (Student's distribution in its limit). */
export const normalBelow = (z: number): number => t.cdf(z, 1e9);

/** The z below which a share `probability` of a normal distribution lies. */
export const normalQuantile = (probability: number): number => t.quantile(probability, 1e9);

/** Share of Student's distribution below `value`. No degrees of freedom: nothing is known, one half. */
export function studentBelow(value: number, degreesOfFreedom: number): number {
  if (!(degreesOfFreedom > 0)) return 0.5;
  return t.cdf(value, Math.min(degreesOfFreedom, 1e9));
}

/** One-sided p-value of "paired differences are no larger than 0" (Student, 1908); 1 where nothing is known of their spread. */
export function pairedPValue(differences: ArrayLike<number>): number {
  const count = differences.length;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < count; i++) sum += differences[i];
  for (let i = 0; i < count; i++) squares += (differences[i] - sum / count) ** 2;
  if (count < 2 || squares === 0) return 1;
  return studentBelow(-sum / count / Math.sqrt(squares / (count - 1) / count), count - 1);
}

/** Interval of a proportion of `successes` in `trials` (Wilson, 1927): honest for small counts and near 0 and 1. */
export function wilson(successes: number, trials: number, confidence = 0.95): Interval {
  if (!(trials > 0)) return { value: Number.NaN, low: 0, high: 1 };
  const z = normalQuantile(0.5 + confidence / 2);
  const share = successes / trials;
  const spread = (z * z) / trials;
  const middle = (share + spread / 2) / (1 + spread);
  const half = (z * Math.sqrt((share * (1 - share)) / trials + spread / (4 * trials))) / (1 + spread);
  return {
    value: share,
    low: successes <= 0 ? 0 : Math.max(0, middle - half),
    high: successes >= trials ? 1 : Math.min(1, middle + half),
  };
}

/** Quantile `q` in [0, 1] of values in ascending order, by linear interpolation (Hyndman and Fan, 1996, type 7). */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = Math.min(1, Math.max(0, q)) * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** The quantiles `qs` of values in any order. */
export function quantiles(values: ArrayLike<number>, qs: number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return qs.map((q) => quantileOfSorted(sorted, q));
}

export const quantile = (values: ArrayLike<number>, q: number): number => quantiles(values, [q])[0];

/** The middle `confidence` of bootstrap draws around the figure they belong to (Efron, 1979). Draws that are no number are left out. */
export function percentileInterval(value: number, draws: ArrayLike<number>, confidence = 0.95): Interval {
  const finite = Float64Array.from(draws).filter((draw) => !Number.isNaN(draw));
  if (finite.length === 0) return { value, low: value, high: value };
  const [low, high] = quantiles(finite, [0.5 - confidence / 2, 0.5 + confidence / 2]);
  return { value, low: Math.min(low, value), high: Math.max(high, value) };
}

/** Student's interval around an estimate. Without degrees of freedom it is as wide as the bounds. */
export function studentInterval(
  value: number,
  standardError: number,
  degreesOfFreedom: number,
  { lowest = Number.NEGATIVE_INFINITY, highest = Number.POSITIVE_INFINITY }: Bounds = {},
  confidence = 0.95,
): Interval {
  if (standardError === 0) return { value, low: value, high: value };
  if (!(degreesOfFreedom > 0)) return { value, low: lowest, high: highest };
  const half = t.quantile(0.5 + confidence / 2, Math.min(degreesOfFreedom, 1e9)) * standardError;
  return { value, low: Math.max(lowest, value - half), high: Math.min(highest, value + half) };
}

/**
 * Where an estimate falls that is made anew, from as many seeds and images as the first: both err, so the variance is twice
 * the first's. The first's own interval of 95 % holds as few as five in six of such estimates (Cumming and Maillardet, 2006).
 */
export const replicationInterval: typeof studentInterval = (value, standardError, ...rest) =>
  studentInterval(value, Math.SQRT2 * standardError, ...rest);

/** A variance that was estimated with so many degrees of freedom. */
export interface VarianceComponent {
  variance: number;
  degreesOfFreedom: number;
}

/** Degrees of freedom of a sum of independent estimated variances (Satterthwaite, 1946). */
export function satterthwaite(components: VarianceComponent[]): number {
  let total = 0;
  let spread = 0;
  for (const { variance, degreesOfFreedom } of components) {
    total += variance;
    if (variance > 0) spread += (variance * variance) / degreesOfFreedom;
  }
  if (spread === 0) return Math.max(...components.map((component) => component.degreesOfFreedom));
  return (total * total) / spread;
}
