import { percent } from "../causes/say.ts";
import type { Intervention } from "../causes/types.ts";
import type { View } from "../causes/view.ts";
import { compareArms } from "../stats/arms.ts";
import { combine } from "../stats/combine.ts";
import { affords } from "./budget.ts";
import type { Effort } from "./effort.ts";
import { type Arm, freshSeeds, withInterventions } from "./lab.ts";
import type { TierSetting } from "./tier.ts";
import { type Errors, errorsOfAll, judgedBy, meanError, type Setting, slackOf, type Trial, weightOf } from "./trial.ts";
import { live, observedErrors, unstableGain, unstablePValue } from "./unstable.ts";

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
 * a change that gains nothing on the first fresh seed is trained on no other (unless the suspicion is strong and the loss lies
 * within the noise of images and seeds, or it mends what is there beyond doubt and seeds lie far apart), and a control is trained only where the gain
 * over the baseline alone would do. A p-value with a control is the larger of two and the correction never lessens one, so
 * both stops can only turn a confirmation into none: errors of the first kind become no more frequent.
 *
 * What is left open by too few seeds gets as many again, where it may be looked at twice and the effort affords it; what takes
 * something away takes more of it instead.
 *
 * @param wouldDo which of these trials' p-values would be significant, were they the whole tier's
 */
export function confirmInStages(
  candidates: Candidate[],
  { view, working, bench, seeds, judged, lab, shaky }: Setting,
  { effort, spent }: Pick<TierSetting, "effort" | "spent">,
  wouldDo: (pValues: number[], trials: Trial[]) => boolean[],
): Confirmed {
  const errors = new Map<Arm, Errors>();
  const train = (arms: Arm[], some: number[]): void => {
    errorsOfAll(view, arms, some, judged, lab).forEach((each, i) => void errors.set(arms[i], each));
  };
  const seen = observedErrors(view, judged);
  const observed = shaky ? seen : [];
  /** Baselines beside the fresh ones. What is tested whatever exploring shows was not chosen by their luck: there all count. */
  const beside = (trial?: Trial): Errors => (trial?.suspicion.proven ? observed : observed.slice(effort.exploreSeeds));
  const baseline = (trial?: Trial): Errors =>
    shaky ? live([...errors.get(working)!, ...beside(trial)], view) : errors.get(working)!;
  const compare = (some: Candidate[]): void => {
    for (const each of some)
      compareOne(each, errors, {
        view,
        judged,
        baseline: baseline(each.trial),
        observed: beside(each.trial),
        working,
        shaky,
      });
  };

  const [start, ...firsts] = errorsOfAll(
    view,
    [working, ...candidates.map(({ changed }) => changed)],
    seeds.slice(0, 1),
    judged,
    lab,
  );
  errors.set(working, start);
  const before = meanError([...start, ...beside()]);
  const gains = candidates.map(({ trial }, i) => (before - meanError(firsts[i])) * (trial.chosen!.takesAway ? -1 : 1));
  // Where the seed's own run failed for good nothing is known: that stops no one.
  const goesOn = (i: number): boolean =>
    gains[i] > -slackOf(candidates[i].trial, start, firsts[i], seen) ||
    start.length === 0 ||
    firsts[i].length === 0 ||
    (shaky && candidates[i].trial.suspicion.proven === true);
  const hopeful = candidates.filter((_, i) => goesOn(i));
  if (hopeful.length > 0) {
    train([working, ...hopeful.map(({ changed }) => changed)], seeds);
    compare(hopeful);
    const significant = (): boolean[] =>
      wouldDo(
        hopeful.map(({ trial }) => trial.comparison!.pValue),
        hopeful.map(({ trial }) => trial),
      );
    const worth = significant();
    const controlled = hopeful.flatMap(({ control }, i) => (control && worth[i] ? [control] : []));
    train(controlled, seeds);
    if (controlled.length > 0) compare(hopeful);
    const enough = significant();
    const again = hopeful.filter(
      ({ trial }, i) => !enough[i] && mayBeLookedAtTwice(trial, effort) && isLeftOpen(trial),
    );
    for (const each of again) {
      const more = each.trial.chosen!.takesAway && takesMore(each.trial, view, bench);
      if (more) {
        const steeper = withInterventions(working, [more]);
        if (!affords(spent, [steeper], effort.freshSeeds, true)) continue;
        train([steeper], seeds);
        compareTrend(each.trial, more, errors.get(steeper)!, errors.get(working)!);
        each.trial.secondLook = true;
        continue;
      }
      const arms = [working, each.changed, ...(each.control ? [each.control] : [])];
      if (!affords(spent, arms, effort.freshSeeds, true)) continue;
      train(arms, freshSeeds(view.seed, 2 * effort.freshSeeds));
      compare([each]);
      each.trial.secondLook = true;
    }
    for (const { trial, control } of hopeful)
      if (control && !errors.has(control) && !trial.secondLook)
        trial.stopped = "The gain is not beyond what chance explains.";
  }
  candidates.forEach(({ trial, changed }, i) => {
    if (goesOn(i)) return;
    trial.futile = true;
    trial.stopped = `On the first fresh seed ${trial.chosen!.says} took the error rate from ${percent(before)} to ${percent(meanError(firsts[i]))}, so it was trained on no other.`;
    errors.set(changed, firsts[i]);
    record(trial, baseline(trial), firsts[i], 1);
  });
  for (const { trial, changed, control } of hopeful) {
    record(trial, baseline(trial), errors.get(changed)!, errors.get(changed)!.length);
    if (control && errors.has(control))
      trial.tried.push({
        intervention: trial.control!,
        phase: "confirm",
        seeds: errors.get(control)!.length,
        errorRate: meanError(errors.get(control)!),
        gain: meanError(baseline(trial)) - meanError(errors.get(control)!),
      });
    if (trial.chosen!.judge) trial.opinions = judgedBy(view, changed, seeds, lab);
  }
  const arms = new Map(candidates.map(({ trial, changed }) => [trial, changed]));
  return { baseline: baseline(), changedOf: (trial) => errors.get(arms.get(trial)!)! };
}

/** Uncorrected level up to which as many seeds again may decide, and degrees of freedom up to which seeds are what lacks. */
const UNDECIDED = 0.1;
const FEW = 30;

/** Two looks are two chances: such a trial is held to Pocock's level from the first (`levelOf` in tier.ts). */
export const mayBeLookedAtTwice = ({ suspicion }: Trial, { secondLooks }: Pick<Effort, "secondLooks">): boolean =>
  secondLooks || suspicion.proven === true;

/** Whether a gain is left open by too few seeds, not by too few images; what is taken away may be taken away further. */
const isLeftOpen = ({ comparison, chosen }: Trial): boolean =>
  comparison!.gain.value > 0 &&
  comparison!.pValue < UNDECIDED &&
  (chosen!.takesAway === true || comparison!.degreesOfFreedom < FEW);

/** The next variant of what takes something away: a quarter of the images after a half. */
const takesMore = (
  { cause, suspicion, chosen }: Trial,
  view: View,
  bench: Setting["bench"],
): Intervention | undefined => {
  const all = cause.interventions!(view, suspicion, bench);
  return all[all.findIndex(({ id }) => id === chosen!.id) + 1];
};

/**
 * The same question asked of a longer way: where a half of the images leaves open whether their number counts, a quarter loses twice as
 * much if it does. The gain stays that of the half, which is what the last images were worth.
 */
function compareTrend({ comparison, explored, tried }: Trial, more: Intervention, fewer: Errors, all: Errors): void {
  const { pOfGain } = compareArms({ baseline: fewer, changed: all });
  const stage = { pValue: pOfGain, weight: weightOf(fewer) };
  comparison!.pValue = explored ? combine([explored, stage]) : pOfGain;
  tried.push({
    intervention: more,
    phase: "confirm",
    seeds: fewer.length,
    errorRate: meanError(fewer),
    gain: meanError(fewer) - meanError(all),
  });
}

/** Sets a trial's comparison, with its control where that was trained. */
function compareOne(
  { trial, changed, control }: Candidate,
  errors: Map<Arm, Errors>,
  {
    view,
    judged,
    baseline,
    observed,
    working,
    shaky,
  }: Pick<Setting, "view" | "working" | "judged"> & {
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
      pool: shaky
        ? []
        : [...errors.values()].filter((each) => each !== baseline && each !== after && each !== controlled),
      controlledOn: imagesConcerned(trial, judged),
    },
  );
  const { comparison, explored } = trial;
  // Other seeds and images: the same question asked anew. The control was trained here for the first time.
  if (explored)
    comparison.pValue = Math.max(
      combine([explored, { pValue: comparison.pOfGain, weight: weightOf(after) }]),
      comparison.pOverControl ?? 0,
    );
  if (shaky && !reverse) {
    comparison.pValue = Math.max(
      unstablePValue(errors.get(working)!, observed, after, view),
      controlled ? unstablePValue(controlled, [], after, view) : 0,
    );
    comparison.gain = unstableGain(comparison, errors.get(working)!, observed, after, view);
  }
}

/** Images of the quoting half below which a comparison on them alone says little. */
const FEWEST = 20;

/** Places in `judged` of the images that the change is for, where its control is judged on these. */
function imagesConcerned({ cause, suspicion }: Trial, judged: Int32Array): Int32Array | undefined {
  if (!cause.controlledOnItsImages) return undefined;
  const rows = new Set(suspicion.rows);
  const places = Int32Array.from(judged.keys()).filter((i) => rows.has(judged[i]));
  return places.length < FEWEST ? undefined : places;
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
