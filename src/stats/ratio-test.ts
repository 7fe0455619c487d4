import { random } from "../random.ts";
import type { Arm } from "./arms.ts";
import { type Interval, satterthwaite, studentBelow, studentInterval } from "./intervals.ts";

/** Ways to share out the seeds from which on they are permuted, and up to which each is looked at. */
const PERMUTED = { fewest: 1000, most: 100_000 };

/**
 * One-sided p-value of "the changed recipe errs no less", from the ratio of mean errors: Student's two-sample test
 * (1908, pooled spread) on the logarithm of each seed's mean error. Where training is unstable, seeds multiply the error rather
 * than add to it: on its own scale one seed at 15 % beside one at 8 % hides that all seeds of the change end below 3 %.
 *
 * Seeds that get stuck in places of their own are not normal on any scale, and a few of them drown what all seeds of the
 * change have in common. Where there are seeds enough they are permuted in place of the t-test (Fisher 1935): without an
 * effect each way to share them out is as likely. How many there are decides, never what they show. Images are then
 * held against chance by themselves, and the larger p-value counts.
 *
 * The spread of seeds is never taken to be below that of counting errors, and the images' part is the delta method's
 * variance of the log ratio, paired by image, with the churn that it contains left in.
 *
 * @param baseline `[seeds][images]`, errors in 0..1
 * @param changed on the same images
 * @returns 1 where there are fewer than three seeds in all: nothing is known of their spread then
 * @throws RangeError when an arm has no seeds or no images
 */
export function errorRatioPValue(baseline: Arm, changed: Arm): number {
  const ratio = logRatio(baseline, changed);
  if (!ratio) return 1;
  const { before, after, difference, imagePart, images } = ratio;
  if (choose(baseline.length + changed.length, changed.length) >= PERMUTED.fewest)
    return Math.max(
      permutationPValue(before.logs, after.logs),
      imagePart > 0 ? studentBelow(-difference / Math.sqrt(imagePart), images - 1) : 0,
    );
  return studentBelow(-difference / ratio.standardError, ratio.degreesOfFreedom);
}

/**
 * The changed arm's mean error over the baseline's, with Student's interval of 95 % on the logarithm, where seeds multiply the error: on the
 * error's own scale a single bad seed of the baseline makes the interval of the gain so wide that it says nothing.
 *
 * @returns undefined where there are fewer than three seeds in all
 * @throws RangeError when an arm has no seeds or no images
 */
export function errorRatio(baseline: Arm, changed: Arm): Interval | undefined {
  const ratio = logRatio(baseline, changed);
  if (!ratio) return undefined;
  const { difference, standardError, degreesOfFreedom } = ratio;
  const { value, low, high } = studentInterval(-difference, standardError, degreesOfFreedom);
  return { value: Math.exp(value), low: Math.exp(low), high: Math.exp(high) };
}

/** How far the logarithms of two arms' mean errors lie apart, and what of that is chance; nothing where no seeds tell. */
function logRatio(baseline: Arm, changed: Arm) {
  const images = baseline[0]?.length ?? 0;
  if (images === 0 || changed.length === 0) throw new RangeError("An arm needs at least one seed and one image.");
  const seedFreedom = baseline.length + changed.length - 2;
  if (seedFreedom < 1) return undefined;
  const [before, after] = [logErrors(baseline), logErrors(changed)];
  const counting = (({ rate }) => (1 - rate) / (rate * images))(before.rate < after.rate ? before : after);
  const seedVariance = Math.max((before.squares + after.squares) / seedFreedom, counting);
  const seedPart = seedVariance * (1 / baseline.length + 1 / changed.length);
  let imagePart = 0;
  for (let i = 0; i < images; i++)
    imagePart += ((meanOf(baseline, i) / before.rate - meanOf(changed, i) / after.rate) / images) ** 2;
  return {
    before,
    after,
    images,
    imagePart,
    difference: before.mean - after.mean,
    standardError: Math.sqrt(seedPart + imagePart),
    degreesOfFreedom: satterthwaite([
      { variance: imagePart, degreesOfFreedom: Math.max(1, images - 1) },
      { variance: seedPart, degreesOfFreedom: seedFreedom },
    ]),
  };
}

/** Half an error is added and one image, so that an arm without errors has a logarithm. */
function logErrors(arm: Arm): { logs: number[]; mean: number; squares: number; rate: number } {
  const rates = arm.map((errors) => (errors.reduce((sum, error) => sum + error, 0) + 0.5) / (errors.length + 1));
  const logs = rates.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const squares = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0);
  return { logs, mean, squares, rate: rates.reduce((sum, rate) => sum + rate, 0) / rates.length };
}

const meanOf = (arm: Arm, image: number): number => arm.reduce((sum, errors) => sum + errors[image], 0) / arm.length;

/** Ways to choose `k` of `n`. */
function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) ways = (ways * (n - i + 1)) / i;
  return Math.round(ways);
}

/**
 * Part of the ways to share out the seeds in which the changed arm's mean is as low as it is, or lower: of all ways, or of
 * as many drawn at random, the given one among them (Phipson and Smyth 2010).
 */
function permutationPValue(baseline: number[], changed: number[]): number {
  const all = [...baseline, ...changed];
  const sum = changed.reduce((total, value) => total + value, 0) + 1e-9;
  let asLow = 0;
  if (choose(all.length, changed.length) <= PERMUTED.most) {
    let ways = 0;
    const visit = (from: number, left: number, total: number): void => {
      if (left === 0) {
        ways++;
        if (total <= sum) asLow++;
        return;
      }
      for (let i = from; i <= all.length - left; i++) visit(i + 1, left - 1, total + all[i]);
    };
    visit(0, changed.length, 0);
    return asLow / ways;
  }
  const chance = random(all.length);
  for (let draw = 0; draw < PERMUTED.most; draw++) {
    const drawn = chance.sample(all, changed.length).reduce((total, value) => total + value, 0);
    if (drawn <= sum) asLow++;
  }
  return (asLow + 1) / (PERMUTED.most + 1);
}
