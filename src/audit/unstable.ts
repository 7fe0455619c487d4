import { fitOf, floorOf } from "../causes/fit.ts";
import type { View } from "../causes/view.ts";
import { errorRatioPValue } from "../stats/ratio-test.ts";
import { type Errors, meanError, onRows } from "./trial.ts";

/**
 * The baselines that the audit began with, on rows that they were not judged on yet. Nothing was chosen among them, so where
 * training is unstable they are seeds to compare with, and cost nothing.
 */
export const observedErrors = (view: View, rows: Int32Array): Errors =>
  view.tested.map((predictions) => onRows(predictions, rows, view));

/**
 * Seeds that learnt something, or all where none did. A baseline that dies on some seeds makes every change look good, and
 * its spread hides whether the others are mended: leaving its dead seeds out can only make a gain smaller.
 */
export function live(errors: Errors, view: View): Errors {
  const guessing = 1 - floorOf(fitOf(view).chance);
  const alive = errors.filter((each) => meanError([each]) < guessing);
  return alive.length > 0 ? alive : errors;
}

/**
 * P-value of "the change mends nothing" where training is unstable: seeds multiply the error, so their spread is that of its
 * logarithm. Dead seeds are looked at twice, with them (the change keeps training alive) and without (it trains better), so
 * the smaller value is doubled (Bonferroni).
 */
export function unstablePValue(from: Errors, changed: Errors, view: View): number {
  const alive = live(from, view);
  const withDead = errorRatioPValue(from, changed);
  if (alive.length === from.length) return withDead;
  return Math.min(1, 2 * Math.min(withDead, errorRatioPValue(alive, changed)));
}
