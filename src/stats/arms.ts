import { random } from "../random.ts";
import {
  type Interval,
  replicationInterval,
  satterthwaite,
  studentBelow,
  studentInterval,
  wilson,
} from "./intervals.ts";

/** Errors of one recipe on the same held-out images, one array a training seed: `[seeds][images]`, each in 0..1. */
export type Arm = Float32Array[];

export interface ArmsOptions {
  /** Other arms of the same audit, on the same images: they only help to estimate how much seeds differ. */
  pool?: Arm[];
  /** Weight of each image, `[images]`; equal when left out. */
  weights?: Float32Array;
  /** Places of the images on which the change must beat its control: those that it is for; all when left out. */
  controlledOn?: Int32Array;
  /** Of the intervals; 0.95 when left out. */
  confidence?: number;
}

export interface ArmsComparison {
  /** Mean error of each arm. */
  baseline: Interval;
  changed: Interval;
  controlled?: Interval;
  /** Baseline's mean error minus changed's: positive is better. */
  gain: Interval;
  /** Where the gain falls when it is measured anew, on other images and with as many other seeds. */
  promise: Interval;
  /** The control's mean error minus changed's, on the images of `controlledOn`. */
  gainOverControl?: Interval;
  /** One-sided, for "no gain"; with a control the larger of the two. */
  pValue: number;
  /** The same over the baseline and over the control, each by itself. */
  pOfGain: number;
  pOverControl?: number;
  /** Of the gain. */
  standardError: number;
  /** Of the gain's interval. */
  degreesOfFreedom: number;
}

/** An arm summed up: means over seeds and over images, and the part of churn that is each image's own. */
interface Profile {
  /** Mean over seeds, `[images]`. */
  byImage: Float64Array;
  /** Weighted mean over images, `[seeds]`. */
  bySeed: Float64Array;
  mean: number;
  seeds: number;
  /** Squared distances of the seeds' means from their mean, summed. */
  seedSquares: number;
  /** Variance of an image's error between seeds, beyond what all images share. Not a number with one seed. */
  churn: number;
}

/** Shares that sum to one. */
function shares(images: number, weights?: Float32Array): Float64Array {
  if (!weights) return new Float64Array(images).fill(1 / images);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Float64Array.from(weights, (weight) => weight / sum);
}

function profile(arm: Arm, share: Float64Array): Profile {
  const images = share.length;
  const seeds = arm.length;
  const byImage = new Float64Array(images);
  const bySeed = new Float64Array(seeds);
  arm.forEach((errors, s) => {
    if (errors.length !== images)
      throw new RangeError(`An arm has ${errors.length} images where ${images} are expected.`);
    for (let i = 0; i < images; i++) {
      byImage[i] += errors[i] / seeds;
      bySeed[s] += share[i] * errors[i];
    }
  });
  const mean = bySeed.reduce((sum, value) => sum + value, 0) / seeds;
  let squares = 0;
  arm.forEach((errors, s) => {
    for (let i = 0; i < images; i++) squares += share[i] * (errors[i] - byImage[i] - bySeed[s] + mean) ** 2;
  });
  const seedSquares = bySeed.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { byImage, bySeed, mean, seeds, seedSquares, churn: seeds > 1 ? squares / (seeds - 1) : Number.NaN };
}

/** What all arms together say about seeds. */
interface Churn {
  /** Variance of a seed's mean error. */
  seedVariance: number;
  degreesOfFreedom: number;
  /** Variance of one image's error between seeds: for arms with one seed. */
  imageVariance: number;
}

/**
 * Seeds are few in each arm, so their residuals are pooled over all arms. The variance of a seed's mean cannot be below
 * what the images' own churn alone makes of it, which is known from thousands of residuals: that is its floor.
 */
function pooledChurn(profiles: Profile[], sumOfSquaredShares: number): Churn {
  let squares = 0;
  let degreesOfFreedom = 0;
  let churn = 0;
  for (const { seeds, seedSquares, churn: own } of profiles) {
    squares += seedSquares;
    degreesOfFreedom += seeds - 1;
    if (seeds > 1) churn += (seeds - 1) * own;
  }
  if (degreesOfFreedom === 0) return { seedVariance: Number.NaN, degreesOfFreedom, imageVariance: Number.NaN };
  const imageVariance = churn / degreesOfFreedom;
  const seedVariance = Math.max(squares / degreesOfFreedom, imageVariance * sumOfSquaredShares);
  return { seedVariance, degreesOfFreedom, imageVariance };
}

/**
 * Variance of a contrast of arm means under a crossed sample of images and seeds. Image part: variance of the images'
 * contrast, less the churn it contains, since the seed part contains that churn already (Owen and Eckles, 2012: resampling
 * both ways counts it twice; Satterthwaite, 1946, for the degrees of freedom of the sum).
 * `unevenError` is the standard error where an arm whose seeds lie farther apart than all arms' do together keeps its own variance.
 */
function contrast(terms: { sign: number; arm: Profile }[], share: Float64Array, squaredShares: number, churn: Churn) {
  const images = share.length;
  let value = 0;
  let seedPart = 0;
  let unevenSeedPart = 0;
  let churnInImages = 0;
  for (const { sign, arm } of terms) {
    value += sign * arm.mean;
    seedPart += churn.seedVariance / arm.seeds;
    unevenSeedPart += Math.max(churn.seedVariance, arm.seedSquares / Math.max(1, arm.seeds - 1)) / arm.seeds;
    churnInImages += (squaredShares * (arm.seeds > 1 ? arm.churn : churn.imageVariance)) / arm.seeds;
  }
  let imagePart = 0;
  for (let i = 0; i < images; i++) {
    let own = -value;
    for (const { sign, arm } of terms) own += sign * arm.byImage[i];
    imagePart += (share[i] * own) ** 2;
  }
  imagePart = Math.max(0, (imagePart * images) / Math.max(1, images - 1) - churnInImages);
  const degreesOfFreedom =
    churn.degreesOfFreedom === 0
      ? 0
      : satterthwaite([
          { variance: imagePart, degreesOfFreedom: Math.max(1, images - 1) },
          { variance: seedPart, degreesOfFreedom: churn.degreesOfFreedom },
        ]);
  return {
    value,
    standardError: Math.sqrt(imagePart + seedPart),
    unevenError: Math.sqrt(imagePart + unevenSeedPart),
    degreesOfFreedom,
  };
}

type Estimate = ReturnType<typeof contrast>;

/** Of differences of error rates. */
const RANGE = { lowest: -1, highest: 1 };

/** P-value of "no gain", one-sided. */
function noGain({ value, standardError, degreesOfFreedom }: Estimate): number {
  if (!(degreesOfFreedom > 0)) return 1;
  if (standardError === 0) return value > 0 ? 0 : 1;
  return studentBelow(-value / standardError, degreesOfFreedom);
}

/**
 * Whether a changed recipe errs less than the baseline, and less than its control, on images and seeds it has not met:
 * a two-way analysis over seeds and images, paired by image, with seed-to-seed churn pooled over every arm. Intervals
 * are Student's with the degrees of freedom that few seeds leave; test/stats/arms.test.ts measures their coverage and
 * that the standard error is the two-way bootstrap's. Where every arm has one seed, churn is unknown: p is 1 and the
 * intervals say nothing.
 *
 * @throws RangeError when arms have no seeds, or differ in images.
 */
export function compareArms(
  arms: { baseline: Arm; changed: Arm; control?: Arm },
  { pool = [], weights, controlledOn, confidence = 0.95 }: ArmsOptions = {},
): ArmsComparison {
  const images = arms.baseline[0]?.length ?? 0;
  if (images === 0 || arms.changed.length === 0 || arms.control?.length === 0) {
    throw new RangeError("An arm needs at least one seed and one image.");
  }
  const share = shares(images, weights);
  const squaredShares = share.reduce((sum, value) => sum + value * value, 0);
  const baseline = profile(arms.baseline, share);
  const changed = profile(arms.changed, share);
  const control = arms.control && profile(arms.control, share);
  const own = control ? [baseline, changed, control] : [baseline, changed];
  const others = pool.filter((arm) => arm.length > 1).map((arm) => profile(arm, share));
  const churn = pooledChurn([...own, ...others], squaredShares);

  const level = (arm: Profile): Interval => {
    const of = contrast([{ sign: 1, arm }], share, squaredShares, churn);
    const interval = studentInterval(
      of.value,
      of.standardError,
      of.degreesOfFreedom,
      { lowest: 0, highest: 1 },
      confidence,
    );
    // No error seen, or nothing but errors: their spread is zero, their interval is not.
    if (arm.mean === 0 || arm.mean === 1) return wilson(arm.mean / squaredShares, 1 / squaredShares, confidence);
    return interval;
  };
  const gain = contrast(
    [
      { sign: 1, arm: baseline },
      { sign: -1, arm: changed },
    ],
    share,
    squaredShares,
    churn,
  );
  const on = (values: Float32Array): Float32Array =>
    controlledOn ? Float32Array.from(controlledOn, (i) => values[i]) : values;
  const overControl =
    arms.control &&
    compareArms(
      { baseline: arms.control.map(on), changed: arms.changed.map(on) },
      { pool: [arms.baseline, ...pool].map((arm) => arm.map(on)), weights: weights && on(weights), confidence },
    );
  return {
    baseline: level(baseline),
    changed: level(changed),
    ...(control && { controlled: level(control) }),
    gain: studentInterval(gain.value, gain.standardError, gain.degreesOfFreedom, RANGE, confidence),
    // A mended training is often steadier than before: for the one before the common variance is too small.
    promise: replicationInterval(gain.value, gain.unevenError, gain.degreesOfFreedom, RANGE, confidence),
    ...(overControl && { gainOverControl: overControl.gain }),
    pValue: Math.max(noGain(gain), overControl?.pOfGain ?? 0),
    pOfGain: noGain(gain),
    ...(overControl && { pOverControl: overControl.pOfGain }),
    standardError: gain.standardError,
    degreesOfFreedom: gain.degreesOfFreedom,
  };
}

/** Cumulative probabilities of a Poisson count with mean one; beyond twelve it is one to machine precision of use here. */
const POISSON = Float64Array.from({ length: 13 }, (_, k) => {
  let term = Math.exp(-1);
  let sum = term;
  for (let j = 1; j <= k; j++) sum += term /= j;
  return sum;
});

/** How often each image is in a bootstrap sample: independent Poisson counts of mean one. Fills and returns `counts`. */
export function resample(counts: Float64Array, chance: { float(): number }): Float64Array {
  for (let i = 0; i < counts.length; i++) {
    const u = chance.float();
    let count = 0;
    while (count < 12 && u > POISSON[count]) count++;
    counts[i] = count;
  }
  return counts;
}

/**
 * Draws of every arm's mean error from the two-way bootstrap: images are resampled once for all arms (paired), then each
 * arm's mean is moved by as many residuals as it has seeds, drawn from all arms' residuals, scaled by sqrt(S / (S - 1)) and
 * rid of the churn that the images' draw contains already. `[arms][draws]`. For figures made from several arms,
 * such as a learning curve; a plain comparison is `compareArms`.
 */
export function bootstrapArms(
  arms: Arm[],
  { seed, draws = 2000, weights, pool = [] }: { seed: number; draws?: number; weights?: Float32Array; pool?: Arm[] },
): Float64Array[] {
  const share = shares(arms[0][0].length, weights);
  const squaredShares = share.reduce((sum, value) => sum + value * value, 0);
  const profiles = arms.map((arm) => profile(arm, share));
  const all = [...profiles, ...pool.map((arm) => profile(arm, share))];
  const churn = pooledChurn(all, squaredShares);
  const residuals = all.flatMap(({ bySeed, mean, seeds }) =>
    seeds > 1 ? Array.from(bySeed, (value) => (value - mean) * Math.sqrt(seeds / (seeds - 1))) : [],
  );
  const spread = residuals.reduce((sum, value) => sum + value * value, 0) / residuals.length;
  const beyond = Math.max(0, churn.seedVariance - squaredShares * churn.imageVariance);
  const scale = residuals.length > 0 && spread > 0 ? Math.sqrt(beyond / spread) : 0;

  const chance = random(seed);
  const counts = new Float64Array(share.length);
  const result = profiles.map(() => new Float64Array(draws));
  for (let b = 0; b < draws; b++) {
    resample(counts, chance);
    let total = 0;
    for (let i = 0; i < counts.length; i++) total += counts[i] *= share[i];
    profiles.forEach(({ byImage, seeds }, a) => {
      let sum = 0;
      for (let i = 0; i < counts.length; i++) sum += counts[i] * byImage[i];
      let shift = 0;
      for (let s = 0; s < seeds && scale > 0; s++) shift += residuals[chance.int(residuals.length)];
      result[a][b] = sum / total + (scale * shift) / seeds;
    });
  }
  return result;
}
