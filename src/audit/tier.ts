import { percent } from "../causes/say.ts";
import type { Suspicion, Tier } from "../causes/types.ts";
import type { View } from "../causes/view.ts";
import { type ArmsComparison, compareArms } from "../stats/arms.ts";
import { holm } from "../stats/holm.ts";
import { affords, costOf, limitOf, type Spent, soFar, tooDear } from "./budget.ts";
import { type Candidate, confirmInStages, mayBeLookedAtTwice } from "./confirm.ts";
import type { Effort } from "./effort.ts";
import type { Halves } from "./halves.ts";
import { type Arm, allAtOnce, exploreSeeds, freshSeeds, type Lab, trainingRows, withInterventions } from "./lab.ts";
import { byPromise, byWorth, settleAlternatives } from "./order.ts";
import type { Proof } from "./prove.ts";
import {
  type Errors,
  errorsOfAll,
  explore,
  meanError,
  restate,
  type Setting,
  type Trial,
  variantsOf,
  without,
} from "./trial.ts";
import { withoutRepeats, withWhatAdds } from "./winners.ts";

/** Family-wise level of the one-sided tests: the chance that an audit confirms anything false. */
const ALPHA = 0.025;
/** The same where a trial may be looked at twice (Pocock 1977, two looks). */
const POCOCK = 0.0147;
const levelOf = (trial: Trial, effort: Effort): number => (mayBeLookedAtTwice(trial, effort) ? POCOCK : ALPHA);
/** An effect worth having, as a share of the errors. */
const MINIMUM_SHARE = 0.02;

export interface TierSetting {
  view: View;
  halves: Halves;
  effort: Effort;
  /** The subject with what earlier tiers put right. */
  working: Arm;
  lab: Lab;
  spent: Spent;
  /** Suspicions of later tiers that may come to confirmation, for the correction: their weights together. */
  later: number;
  /** The baseline may be dead on some seeds: those say nothing of a gain. */
  shaky: boolean;
  proof: Proof;
}

/** Explores, confirms and corrects one tier; returns the trials to put right before the next. */
export function testTier(tier: Tier, trials: Trial[], setting: TierSetting): Trial[] {
  if (trials.length === 0) return [];
  const { view, halves, working, lab, effort, proof, shaky } = setting;
  const { seed } = view;
  const exploring: Setting = {
    view,
    working,
    bench: { recipe: working.recipe, movable: without(halves.movable, working.move), seed },
    seeds: exploreSeeds(seed, effort.exploreSeeds),
    judged: without(halves.explore, working.move),
    shaky,
    lab,
  };
  const open = exploreAffordable(trials, exploring, setting);
  const quoting: Setting = {
    ...exploring,
    seeds: freshSeeds(seed, effort.freshSeeds),
    judged: halves.quote,
    bench: { ...exploring.bench, movable: without(halves.explore, working.move) },
  };
  const candidates = candidatesOf(open, quoting, setting);
  if (candidates.length === 0) return [];
  const family = weightOfFamily(candidates, setting);
  const { baseline, changedOf } = confirmInStages(candidates, quoting, setting, (pValues, those) =>
    adjust(those, pValues, family).map((adjusted, i) => adjusted < levelOf(those[i], effort)),
  );
  if (working.name === "baseline" && (baseline.length > 1 || proof.baselineErrors.length === 0))
    proof.baselineErrors = baseline;
  const compared = candidates.map(({ trial }) => trial).filter(({ comparison }) => comparison);
  for (const trial of compared) if (trial.chosen!.takesAway) recordCurve(setting, trial, baseline, changedOf(trial));
  judge(compared, family, effort, meanError(proof.baselineErrors.length > 0 ? proof.baselineErrors : baseline));
  const winners = compared.filter(({ confirmed, chosen }) => confirmed && !chosen!.takesAway);
  if (winners.length < 2) return winners;
  if (tier !== "training") return withoutRepeats(winners, quoting, setting, changedOf);
  // Another rate, other batches and more epochs are alternatives: one is applied, the others are no further causes.
  const [first] = settleAlternatives(winners, (a, b) => compareArms({ baseline: changedOf(a), changed: changedOf(b) }));
  return withWhatAdds(first, winners, quoting, setting, changedOf);
}

/** Tries the variants of all suspicions that the effort affords; what is explored leaves room to confirm one cause. */
function exploreAffordable(trials: Trial[], exploring: Setting, setting: TierSetting): Trial[] {
  const { view, working, effort, spent } = setting;
  const limit = limitOf(spent);
  for (const trial of trials) {
    const arms = variantsOf(trial, view, exploring.bench).map((each) => withInterventions(working, [each]));
    trial.cost = costOf(spent, arms, effort.exploreSeeds);
  }
  let left = limit - soFar(spent) - costOf(spent, toConfirm(trials, setting), effort.freshSeeds);
  const open = trials.toSorted(byWorth).filter((trial, i) => {
    if (i === 0 ? soFar(spent) + trial.cost! <= limit : trial.cost! <= left) {
      left -= trial.cost!;
      return true;
    }
    trial.stopped = tooDear("Testing", trial.cost!, spent);
    return false;
  });
  allAtOnce(open.map((trial) => () => explore(trial, exploring, MINIMUM_SHARE)));
  return open;
}

/** The most promising trials with what is to be trained for them, as many as the effort affords. */
function candidatesOf(open: Trial[], quoting: Setting, setting: TierSetting): Candidate[] {
  const { working, effort, spent, proof } = setting;
  const promising = byPromise(open.filter(({ chosen }) => chosen));
  for (const trial of promising.slice(effort.winners))
    trial.stopped = `Only the ${effort.winners} most promising suspicions are confirmed at this effort.`;
  const candidates: Candidate[] = [];
  const planned: Arm[] = isTrained(setting) ? [] : [working];
  for (const trial of promising.slice(0, effort.winners)) {
    const chosen = restate(trial, quoting);
    if (!chosen) continue;
    const changed = withInterventions(working, [chosen]);
    const control =
      trial.control && withInterventions(working, [trial.control], `${trial.cause.id} control: ${trial.control.id}`);
    const arms = [changed, ...(control ? [control] : [])];
    trial.cost = costOf(spent, arms, effort.freshSeeds);
    // Two fixes are applied together in the end: that is one arm more.
    const together = candidates.length > 0 || proof.trials.some(({ confirmed }) => confirmed) ? [working] : [];
    if (affords(spent, [...planned, ...arms, ...together], effort.freshSeeds)) {
      candidates.push({ trial, changed, control });
      planned.push(...arms);
    } else trial.stopped = tooDear("Confirming", trial.cost, spent);
  }
  return candidates;
}

/** As many arms as one confirmation trains: the change, its control where there is one, the baseline unless it is there. */
function toConfirm(trials: Trial[], setting: TierSetting): Arm[] {
  const controlled = trials.some(({ cause }) => cause.control);
  return new Array(1 + Number(!isTrained(setting)) + Number(controlled)).fill(setting.working);
}

/** Whether an earlier tier trained what this one starts from on fresh seeds: it costs nothing more. */
const isTrained = ({ view, working, spent, effort }: TierSetting): boolean =>
  spent.jobs.has(`${working.name}#${freshSeeds(view.seed, effort.freshSeeds).at(-1)}`);

/** What a fault that is there beyond doubt weighs in the correction: only what it costs is in question. */
const PROVEN = 4;
export const weightIn = ({ proven }: Pick<Suspicion, "proven">): number => (proven ? PROVEN : 1);

const totalWeight = (trials: Trial[]): number => trials.reduce((sum, { suspicion }) => sum + weightIn(suspicion), 0);

/**
 * What the tests that the correction is for weigh: all that came to confirmation so far, and all that may in later tiers. What exploring
 * left behind has no p-value and can never be confirmed; it was chosen on other images and seeds, so it does not count. It does
 * where exploring is a part of the evidence.
 */
function weightOfFamily(candidates: Candidate[], { proof, later }: TierSetting): number {
  const mine = new Set(candidates.map(({ trial }) => trial));
  const tested = [...proof.masked, ...proof.trials].filter(
    (trial) => trial.comparison || trial.futile || trial.explored || mine.has(trial),
  );
  return totalWeight(tested) + later;
}

/** P-values of some trials, corrected for the whole family: those that are not at hand count as 1. Weights are fixed by the screening. */
function adjust(trials: Trial[], pValues: number[], family: number): number[] {
  const others = Math.max(0, family - totalWeight(trials));
  const weights = trials.map(({ suspicion }) => weightIn(suspicion));
  const adjusted = others > 0 ? holm([...pValues, 1], [...weights, others]) : holm(pValues, weights);
  return Array.from(adjusted).slice(0, pValues.length);
}

/** Sets the verdicts of a tier. */
function judge(trials: Trial[], family: number, effort: Effort, errorRate: number): void {
  const adjusted = adjust(
    trials,
    trials.map(({ comparison }) => comparison!.pValue),
    family,
  );
  trials.forEach((trial, i) => {
    trial.adjustedPValue = adjusted[i];
    trial.stopped ??= shortfall(trial.comparison!, adjusted[i] < levelOf(trial, effort), errorRate);
    trial.confirmed = trial.stopped === undefined;
  });
}

/** What a comparison lacks to confirm its cause, in words; nothing where it proves it. */
function shortfall(
  { gain, gainOverControl, changed, controlled }: ArmsComparison,
  isSignificant: boolean,
  errorRate: number,
): string | undefined {
  const isBeyond = isSignificant && gain.low > 0 && (gainOverControl === undefined || gainOverControl.value > 0);
  if (!isBeyond) return "The gain is not beyond what chance and the control explain.";
  if (!(gain.value >= MINIMUM_SHARE * errorRate))
    return `The gain is less than ${percent(MINIMUM_SHARE, 0)} of the errors.`;
  if (controlled && !(controlled.value > changed.value))
    return `Over all images its control does as well: it took the error rate to ${percent(controlled.value)}, the change to ${percent(changed.value)}.`;
  return undefined;
}

/** Keeps the errors at a quarter, a half and all of the images. */
function recordCurve(
  { proof, view, working, halves, lab, effort }: TierSetting,
  trial: Trial,
  full: Errors,
  half: Errors,
): void {
  const { seed } = view;
  const bench = { recipe: working.recipe, movable: halves.movable, seed };
  const quarter = trial.cause.interventions!(view, trial.suspicion, bench)[1];
  const images = (arm: Arm) => trainingRows(view, arm, seed).rows.length;
  const fewer = withInterventions(working, [quarter]);
  proof.learningCurve = [
    {
      images: images(fewer),
      errors: errorsOfAll(view, [fewer], exploreSeeds(seed, effort.exploreSeeds), halves.quote, lab)[0],
    },
    { images: images(withInterventions(working, [trial.chosen!])), errors: half },
    { images: images(working), errors: full },
  ];
}
