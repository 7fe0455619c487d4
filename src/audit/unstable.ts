import { fitOf, floorOf } from "../causes/fit.ts";
import type { View } from "../causes/view.ts";
import type { ArmsComparison } from "../stats/arms.ts";
import type { Interval } from "../stats/intervals.ts";
import { errorRatio, errorRatioPValue } from "../stats/ratio-test.ts";
import { type Errors, meanError, onRows } from "./trial.ts";

/**
 * The baselines that the audit began with, on rows that they were not judged on yet. Where training is unstable they are more
 * seeds to compare with, at no cost. The first of them, which variants were explored against, are not asked again about variants
 * that were chosen so: where these seeds were unlucky, variants looked good (confirm.ts). Deaths raised the suspicion, so only those that live are counted (`unstablePValue`).
 */
export const observedErrors = (view: View, rows: Int32Array): Errors =>
  view.tested.map((predictions) => onRows(predictions, rows, view));

/**
 * Seeds that learnt something, or all where none did. A baseline that dies on some seeds makes every change look good, and
 * its spread hides whether the others are mended: leaving its dead seeds out can only make a gain smaller.
 */
export function live(errors: Errors, view: View): Errors {
  const alive = errors.filter((each) => learnt(each, view));
  return alive.length > 0 ? alive : errors;
}

/** Whether a seed errs less than guessing does. */
const learnt = (errors: Float32Array, view: View): boolean => meanError([errors]) < 1 - floorOf(fitOf(view).chance);

/**
 * P-value of "the change mends nothing" where training is unstable: seeds multiply the error, so their spread is that of its
 * logarithm. Where seeds died it is looked at twice, so the smaller value is doubled (Bonferroni): fresh seeds, the dead ones
 * included (the change keeps training alive), and all seeds that live (it trains better). Seeds that raised the suspicion by
 * dying are no evidence for it: counted, they double the level where six in ten die (test/audit/unstable.test.ts).
 */
export function unstablePValue(fresh: Errors, observed: Errors, changed: Errors, view: View): number {
  const looks = looksAt(fresh, observed, changed, view);
  return Math.min(1, looks.length * looks[0].pValue);
}

/** What the change is held against where training is unstable, what tells more first. */
function looksAt(fresh: Errors, observed: Errors, changed: Errors, view: View): { against: Errors; pValue: number }[] {
  const every = [...fresh, ...observed];
  const alive = every.filter((errors) => learnt(errors, view));
  const sides = alive.length === 0 ? [fresh] : alive.length === every.length ? [alive] : [alive, fresh];
  return sides
    .map((against) => ({ against, pValue: errorRatioPValue(against, changed) }))
    .sort((a, b) => a.pValue - b.pValue);
}

/**
 * The gain over seeds that live, with an interval on the scale that its p-value is of: seeds multiply the error. It is that of the
 * look that decided: where one seed in many lives it says nothing of a change that keeps all of them alive.
 */
export function unstableGain(
  { gain, baseline }: ArmsComparison,
  fresh: Errors,
  observed: Errors,
  changed: Errors,
  view: View,
): Interval {
  const ratio = errorRatio(looksAt(fresh, observed, changed, view)[0].against, changed);
  if (!ratio) return gain;
  const [low, high] = [ratio.high, ratio.low].map((each) => baseline.value * (1 - each));
  return { value: gain.value, low: Math.min(low, gain.value), high: Math.max(high, gain.value) };
}
