import { linearRegression } from "simple-statistics";
import { type Arm, bootstrapArms } from "./arms.ts";
import { type Interval, percentileInterval } from "./intervals.ts";

/** error(size) = scale * size^-exponent + floor (Hestness et al., 2017, equation 1). */
export interface PowerLaw {
  scale: number;
  exponent: number;
  floor: number;
}

export interface LearningPoint {
  /** Training images. */
  size: number;
  /** Error at that size, 0..1. */
  error: number;
  /** Of its square in the fit, such as one over its variance; 1 when left out. */
  weight?: number;
}

/** Exponents that learning curves of images were seen to have lie well inside this range. */
const EXPONENTS = { lowest: 0.02, highest: 2, steps: 120 };

/** The best scale and floor for one exponent: least squares with neither below zero. Sizes are relative to `unit`. */
function fitAt(points: LearningPoint[], exponent: number, unit: number): PowerLaw & { loss: number } {
  let sumWeight = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  for (const { size, error, weight = 1 } of points) {
    const x = (size / unit) ** -exponent;
    sumWeight += weight;
    sumX += weight * x;
    sumY += weight * error;
    sumXX += weight * x * x;
    sumXY += weight * x * error;
  }
  const determinant = sumWeight * sumXX - sumX * sumX;
  let scale = determinant > 0 ? (sumWeight * sumXY - sumX * sumY) / determinant : 0;
  let floor = (sumY - scale * sumX) / sumWeight;
  if (floor < 0) {
    floor = 0;
    scale = sumXY / sumXX;
  }
  if (scale < 0) {
    scale = 0;
    floor = sumY / sumWeight;
  }
  let loss = 0;
  for (const { size, error, weight = 1 } of points) {
    loss += weight * (scale * (size / unit) ** -exponent + floor - error) ** 2;
  }
  return { scale, exponent, floor, loss };
}

/**
 * The power law nearest to a few points, with scale and floor not below zero and an exponent in 0.02..2. Of fits that are
 * equally near, such as through two points, the one with the lowest floor: it promises the most from more images, so use
 * `extrapolate` for a promise.
 *
 * @throws RangeError for fewer than two sizes.
 */
export function fitPowerLaw(points: LearningPoint[]): PowerLaw {
  if (new Set(points.map((point) => point.size)).size < 2) throw new RangeError("A learning curve needs two sizes.");
  const unit = Math.max(...points.map((point) => point.size));
  const { lowest, highest, steps } = EXPONENTS;
  const tolerance = 1e-12 * points.reduce((sum, { error, weight = 1 }) => sum + weight * error * error, 1e-12);
  let best = fitAt(points, lowest, unit);
  for (let step = 1; step <= steps; step++) {
    const next = fitAt(points, lowest * (highest / lowest) ** (step / steps), unit);
    if (next.loss < best.loss - tolerance || (next.loss <= best.loss + tolerance && next.floor < best.floor))
      best = next;
  }
  // Refine between the neighbours on the grid (golden section would need a unimodal loss; bisecting steps does not).
  for (let step = (highest / lowest) ** (1 / steps); step > 1 + 1e-6; step = Math.sqrt(step)) {
    for (const exponent of [best.exponent * step, best.exponent / step]) {
      if (exponent < lowest || exponent > highest) continue;
      const next = fitAt(points, exponent, unit);
      if (next.loss < best.loss) best = next;
    }
  }
  return { scale: best.scale * unit ** best.exponent, exponent: best.exponent, floor: best.floor };
}

/** The error that a law expects with `size` training images. */
export const errorAt = ({ scale, exponent, floor }: PowerLaw, size: number): number =>
  scale * size ** -exponent + floor;

/** Slope of log error against log size over all points: -0.5 means that four times the images halve the error. Zero errors are left out. */
export function logLogSlope(points: LearningPoint[]): number {
  const usable = points.filter((point) => point.error > 0);
  if (usable.length < 2) return Number.NaN;
  return linearRegression(usable.map(({ size, error }) => [Math.log(size), Math.log(error)])).m;
}

/** Slope of the last piece of a curve, between its two largest sizes: what more images do now. */
export const lastSlope = (points: LearningPoint[]): number =>
  logLogSlope([...points].sort((a, b) => a.size - b.size).slice(-2));

export interface Extrapolation {
  law: PowerLaw;
  slope: Interval;
  lastSlope: Interval;
  /** Expected error at each target size. */
  errors: Interval[];
  /** Fall of the error from the largest size measured to each target. */
  gains: Interval[];
}

/**
 * A learning curve and what it promises: intervals by fitting again on two-way bootstrap draws of the inputs. Where
 * points are three, the draws reach from "no floor" to "all floor", and so does the interval.
 *
 * @param arms errors of each training size on the same held-out images, `[sizes][seeds][images]`
 */
export function extrapolate(
  sizes: number[],
  arms: Arm[],
  targets: number[],
  { seed, draws = 500, weights, pool }: { seed: number; draws?: number; weights?: Float32Array; pool?: Arm[] },
): Extrapolation {
  const largest = Math.max(...sizes);
  const mean = (arm: Arm) => meanError(arm, weights);
  const figures = (errors: number[]) => {
    const points = sizes.map((size, p) => ({ size, error: Math.max(0, errors[p]) }));
    const law = fitPowerLaw(points);
    const now = errorAt(law, largest);
    const at = targets.map((target) => errorAt(law, target));
    return { law, values: [logLogSlope(points), lastSlope(points), ...at, ...at.map((error) => now - error)] };
  };
  const measured = figures(arms.map(mean));
  const drawn = bootstrapArms(arms, { seed, draws, weights, pool });
  const spread = measured.values.map(() => new Float64Array(draws));
  for (let b = 0; b < draws; b++)
    figures(drawn.map((arm) => arm[b])).values.forEach((value, f) => {
      spread[f][b] = value;
    });
  const [slope, last, ...rest] = measured.values.map((value, f) => percentileInterval(value, spread[f]));
  return {
    law: measured.law,
    slope,
    lastSlope: last,
    errors: rest.slice(0, targets.length),
    gains: rest.slice(targets.length),
  };
}

function meanError(arm: Arm, weights?: Float32Array): number {
  let sum = 0;
  let total = 0;
  for (const errors of arm) {
    for (let i = 0; i < errors.length; i++) {
      const weight = weights ? weights[i] : 1;
      sum += weight * errors[i];
      total += weight;
    }
  }
  return sum / total;
}
