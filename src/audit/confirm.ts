import { compareArms } from "../stats/arms.ts";
import type { Arm } from "./lab.ts";
import type { TierSetting } from "./tier.ts";
import { type Errors, errorsOfAll, judgedBy, meanError, type Setting, type Trial } from "./trial.ts";
import { live, observedErrors, unstablePValue } from "./unstable.ts";

/** One trial and what is trained to confirm it. */
export interface Candidate {
  trial: Trial;
  changed: Arm;
  control?: Arm;
}

export interface Confirmed {
  /** Errors on the quoting half with fresh seeds, and all that live where training is unstable. */
  baseline: Errors;
  changedOf(trial: Trial): Errors;
}

/**
 * Trains changes, controls and the baseline on fresh seeds and compares them, and stops where the end is known:
 * a change that gains nothing on the first fresh seed is trained on no other, and a control is trained only where the gain
 * over the baseline alone would do. A p-value with a control is the larger of two and the correction never lessens one, so
 * both stops can only turn a confirmation into none: errors of the first kind become no more frequent.
 *
 * @param wouldDo which of these p-values would be significant, were they the whole tier's
 */
export function confirmInStages(
  candidates: Candidate[],
  { view, working, seeds, judged, lab }: Setting,
  { shaky }: Pick<TierSetting, "shaky">,
  wouldDo: (pValues: number[]) => boolean[],
): Confirmed {
  const errors = new Map<Arm, Errors>();
  const train = (arms: Arm[], some: number[]): void => {
    errorsOfAll(view, arms, some, judged, lab).forEach((each, i) => void errors.set(arms[i], each));
  };
  const observed = shaky ? observedErrors(view, judged) : [];
  const baseline = (): Errors => (shaky ? live([...errors.get(working)!, ...observed], view) : errors.get(working)!);
  const compare = (some: Candidate[]): void => {
    const all = [...errors.values()].map((each) => (each === errors.get(working) ? baseline() : each));
    for (const each of some) compareOne(each, errors, all, { view, baseline: baseline(), observed, working, shaky });
  };

  const [start, ...firsts] = errorsOfAll(
    view,
    [working, ...candidates.map(({ changed }) => changed)],
    seeds.slice(0, 1),
    judged,
    lab,
  );
  errors.set(working, start);
  const before = meanError([...start, ...observed]);
  const gains = candidates.map(({ trial }, i) => (before - meanError(firsts[i])) * (trial.chosen!.takesAway ? -1 : 1));
  // Where the seed's own run failed for good nothing is known: that stops no one.
  const goesOn = (i: number): boolean => gains[i] > 0 || start.length === 0 || firsts[i].length === 0;
  const hopeful = candidates.filter((_, i) => goesOn(i));
  if (hopeful.length > 0) {
    train([working, ...hopeful.map(({ changed }) => changed)], seeds);
    compare(hopeful);
    const worth = wouldDo(hopeful.map(({ trial }) => trial.comparison!.pValue));
    const controlled = hopeful.flatMap(({ control }, i) => (control && worth[i] ? [control] : []));
    train(controlled, seeds);
    if (controlled.length > 0) compare(hopeful);
    for (const { trial, control } of hopeful)
      if (control && !errors.has(control)) trial.stopped = "The gain is not beyond what chance explains.";
  }
  candidates.forEach(({ trial, changed }, i) => {
    if (goesOn(i)) return;
    trial.futile = true;
    trial.stopped = "On the first fresh seed it gained nothing, so it was trained on no other.";
    errors.set(changed, firsts[i]);
    record(trial, baseline(), firsts[i], 1);
  });
  for (const { trial, changed, control } of hopeful) {
    record(trial, baseline(), errors.get(changed)!, seeds.length);
    if (control && errors.has(control))
      trial.tried.push({
        intervention: trial.control!,
        phase: "confirm",
        seeds: seeds.length,
        errorRate: meanError(errors.get(control)!),
        gain: meanError(baseline()) - meanError(errors.get(control)!),
      });
    if (trial.chosen!.judge) trial.opinions = judgedBy(view, changed, seeds, lab);
  }
  const arms = new Map(candidates.map(({ trial, changed }) => [trial, changed]));
  return { baseline: baseline(), changedOf: (trial) => errors.get(arms.get(trial)!)! };
}

/** Sets a trial's comparison, with its control where that was trained. */
function compareOne(
  { trial, changed, control }: Candidate,
  errors: Map<Arm, Errors>,
  all: Errors[],
  {
    view,
    baseline,
    observed,
    working,
    shaky,
  }: Pick<Setting, "view" | "working"> & {
    baseline: Errors;
    observed: Errors;
    shaky: boolean;
  },
): void {
  const after = errors.get(changed)!;
  const controlled = control && errors.get(control);
  const reverse = trial.chosen!.takesAway;
  trial.comparison = compareArms(
    { baseline: reverse ? after : baseline, changed: reverse ? baseline : after, control: controlled },
    {
      // An arm that is unstable itself says nothing of how much the seeds of others differ.
      pool: shaky ? [] : all.filter((each) => each !== baseline && each !== after && each !== controlled),
    },
  );
  if (shaky && !reverse)
    trial.comparison.pValue = Math.max(
      unstablePValue(errors.get(working)!, observed, after, view),
      controlled ? unstablePValue(controlled, [], after, view) : 0,
    );
}

/** Keeps what was moved, and the change as one that was tried. */
function record(trial: Trial, baseline: Errors, changed: Errors, seeds: number): void {
  const reverse = trial.chosen!.takesAway;
  trial.moved = reverse ? { before: changed, after: baseline } : { before: baseline, after: changed };
  trial.tried.push({
    intervention: trial.chosen!,
    phase: "confirm",
    seeds,
    errorRate: meanError(changed),
    gain: (meanError(baseline) - meanError(changed)) * (reverse ? -1 : 1),
  });
}
