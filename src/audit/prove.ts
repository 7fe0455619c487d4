import { fitOf, isDead } from "../causes/fit.ts";
import { type Cause, type CauseId, type Pool, type Suspicion, TIERS, type Tier } from "../causes/types.ts";
import type { View } from "../causes/view.ts";
import type { Recipe } from "../model/types.ts";
import { type ArmsComparison, compareArms } from "../stats/arms.ts";
import { holm } from "../stats/holm.ts";
import type { Effort } from "./effort.ts";
import { type Halves, halve } from "./halves.ts";
import {
  type Arm,
  allAtOnce,
  armJob,
  exploreSeeds,
  freshSeeds,
  type Lab,
  subjectArm,
  timesOneRun,
  trainingRows,
  withInterventions,
} from "./lab.ts";
import { type Inferred, type Ingested, observe } from "./observe.ts";
import { byPromise, byWorth, settleAlternatives } from "./order.ts";
import { poolOf, remembering } from "./pool.ts";
import {
  type Errors,
  errorsOfAll,
  explore,
  judgedBy,
  meanError,
  restate,
  type Setting,
  type Trial,
  without,
} from "./trial.ts";
import { live, observedErrors, unstablePValue } from "./unstable.ts";

/** Family-wise level of the one-sided tests: the chance that an audit confirms anything false. */
const ALPHA = 0.025;
/** An effect worth having, as a share of the errors. */
const MINIMUM_SHARE = 0.02;

/** Everything that was proved, refuted or left open. */
export interface Proof {
  causes: Cause[];
  view: View;
  halves: Halves;
  suspicions: Map<CauseId, Suspicion>;
  trials: Trial[];
  /** Baseline on the quoting half with fresh seeds, and all that live where training is unstable; empty where nothing went to confirmation. */
  baselineErrors: Errors;
  /** All confirmed fixes at once against the baseline. */
  together?: { comparison: ArmsComparison; causes: CauseId[]; errors: Errors };
  /** Test error against the number of training images. */
  learningCurve: { images: number; errors: Errors }[];
  /** All models that were trained, as one judge of the test images. */
  pool: Pool;
  dead: boolean;
}

export interface Subject {
  data: Ingested;
  recipe: Recipe;
  inferred?: Inferred;
  causes: Cause[];
  effort: Effort;
}

/** Looks at the subject as it stands: what every cause's cheap measurements say. */
export const screen = (causes: Cause[], view: View): Map<CauseId, Suspicion> =>
  new Map(causes.map((cause) => [cause.id, cause.screen(view)]));

/**
 * The proof, from baselines to what remains unexplained. It is written as if all training results were at hand; where
 * the lab lacks some it throws `PendingJobs`, those are trained, and the proof is replayed. Equal results give an equal
 * proof.
 *
 * Tiers are tested one on top of the other: what is confirmed in one is put right before the next is tested, so a share is
 * never counted twice. Variants are chosen on one half of the test images; the claim is quoted from the other half with
 * fresh seeds, must beat its control and survive Holm's correction for all suspicions of the audit.
 */
export function prove(subject: Subject, given: Lab): Proof {
  const { data, recipe, causes, effort } = subject;
  const { seed } = data;
  const original = subjectArm(recipe);
  const lab = remembering(given);
  const view = observe(data, original, effort, lab, subject.inferred);
  const halves = halve(view, seed);
  const suspicions = screen(causes, view);
  const proof: Proof = {
    causes,
    view,
    halves,
    suspicions,
    trials: [],
    baselineErrors: [],
    learningCurve: [],
    pool: poolOf(view, []),
    dead: isDead(fitOf(view)),
  };
  const tests = causes.filter(
    (cause) => cause.interventions && suspicions.get(cause.id)?.standing === "suspected",
  ).length;
  const spent: Spent = { view, recipe, effort, jobs: new Map() };
  const counting: Lab = {
    results(jobs) {
      for (const job of jobs) spent.jobs.set(`${job.name}#${job.seed}`, job);
      return lab.results(jobs);
    },
  };
  let working = original;
  let current = view;
  let settled = !proof.dead;
  const blocked = [...suspicions.values()].find(({ blocks }) => blocks)?.blocks;
  let unsettled = "Training itself is not settled; put that right and audit again.";

  for (const tier of TIERS) {
    if (tier === "data" && working !== original) {
      if (!affordsObservation(spent, working)) {
        settled = false;
        unsettled = `Looking at the settled training would pass the cost that this effort allows (${effort.maximumCost} training runs); audit again with it put right.`;
      } else current = observe(data, working, effort, counting);
    }
    const suspected = (current === view ? [...suspicions] : [...screen(causes, current)]).filter(
      ([, { standing }]) => standing === "suspected",
    );
    const found = causes
      .filter((cause) => cause.tier === tier && cause.interventions)
      .flatMap((cause): Trial[] => {
        const suspicion = suspected.find(([id]) => id === cause.id)?.[1];
        return suspicion ? [{ cause, suspicion, tried: [], confirmed: false }] : [];
      })
      .sort((a, b) => b.suspicion.strength - a.suspicion.strength);
    proof.trials.push(...found);
    const shaky = tier === "training" || !settled;
    const trials = shaky && tier !== "training" ? found.filter(({ cause }) => cause.settles && proof.dead) : found;
    for (const trial of found) if (!trials.includes(trial)) trial.stopped = unsettled;
    if (blocked) {
      for (const trial of found) trial.stopped = blocked;
      continue;
    }
    const confirmed = testTier(tier, trials, {
      ...subject,
      view: current,
      halves,
      working,
      lab: counting,
      spent,
      tests,
      shaky,
      proof,
    });
    if (confirmed.length > 0) {
      working = withInterventions(
        working,
        confirmed.map(({ chosen }) => chosen!),
      );
      settled = true;
    }
  }
  if (working !== original) {
    const [before, after] = errorsOfAll(
      view,
      [original, working],
      freshSeeds(seed, effort.freshSeeds),
      halves.quote,
      counting,
    );
    proof.together = {
      comparison: compareArms({ baseline: proof.dead ? live(before, view) : before, changed: after }),
      causes: proof.trials
        .filter(({ confirmed, chosen }) => confirmed && !chosen?.takesAway)
        .map(({ cause }) => cause.id),
      errors: after,
    };
  }
  proof.pool = poolOf(view, lab.trained.values());
  return proof;
}

interface Spent {
  view: View;
  recipe: Recipe;
  effort: Effort;
  jobs: Map<string, Parameters<Lab["results"]>[0][number]>;
}

const costOf = (spent: Spent, arms: Arm[], seeds: number): number =>
  timesOneRun(
    arms.flatMap((arm) => Array.from({ length: seeds }, (_, k) => armJob(spent.view, arm, k))),
    spent.view,
    spent.recipe,
  );

const soFar = (spent: Spent): number =>
  timesOneRun(spent.jobs.values(), spent.view, spent.recipe) +
  spent.effort.baselineSeeds +
  (spent.effort.folds - 1) * spent.effort.repeats;

const tooDear = (what: string, cost: number, { maximumCost }: Effort): string =>
  `${what} it costs about ${Math.max(1, Math.round(cost))} training runs more, which would pass the ${maximumCost} that this effort allows.`;

const affords = (spent: Spent, arms: Arm[], seeds: number): boolean =>
  soFar(spent) + costOf(spent, arms, seeds) <= spent.effort.maximumCost;

const affordsObservation = (spent: Spent, working: Arm): boolean =>
  affords(
    spent,
    [working],
    spent.effort.baselineSeeds + (spent.effort.folds - 1) * spent.effort.repeats + 2 * spent.effort.freshSeeds,
  );

interface TierSetting extends Subject {
  view: View;
  halves: Halves;
  working: Arm;
  lab: Lab;
  spent: Spent;
  tests: number;
  /** The baseline may be dead on some seeds: those say nothing of a gain. */
  shaky: boolean;
  proof: Proof;
}

/** Explores, confirms and corrects one tier; returns the trials to put right before the next. */
function testTier(tier: Tier, trials: Trial[], setting: TierSetting): Trial[] {
  const { view, halves, working, lab, effort, spent, proof, shaky } = setting;
  const { seed } = view;
  if (trials.length === 0) return [];
  const exploring: Setting = {
    view,
    working,
    bench: { recipe: working.recipe, movable: without(halves.movable, working.move), seed },
    seeds: exploreSeeds(seed, effort.exploreSeeds),
    judged: without(halves.explore, working.move),
    lab,
  };
  for (const trial of trials) {
    const arms = trial.cause.interventions!(view, trial.suspicion, exploring.bench).map((each) =>
      withInterventions(working, [each]),
    );
    trial.cost = costOf(spent, arms, effort.exploreSeeds);
  }
  // What is explored leaves room to confirm one cause.
  let left = effort.maximumCost - soFar(spent) - costOf(spent, toConfirm(trials, setting), effort.freshSeeds);
  const open = trials.toSorted(byWorth).filter((trial, i) => {
    if (i === 0 ? soFar(spent) + trial.cost! <= effort.maximumCost : trial.cost! <= left) {
      left -= trial.cost!;
      return true;
    }
    trial.stopped = tooDear("Testing", trial.cost!, effort);
    return false;
  });
  allAtOnce(open.map((trial) => () => explore(trial, exploring, MINIMUM_SHARE)));

  const quoting: Setting = {
    ...exploring,
    seeds: freshSeeds(seed, effort.freshSeeds),
    judged: halves.quote,
    bench: { ...exploring.bench, movable: without(halves.explore, working.move) },
  };
  const promising = byPromise(open.filter(({ chosen }) => chosen));
  promising
    .slice(effort.winners)
    .forEach(
      (trial) =>
        void (trial.stopped = `Only the ${effort.winners} most promising suspicions are confirmed at this effort.`),
    );
  const arms: { trial: Trial; changed: Arm; control?: Arm }[] = [];
  for (const trial of promising.slice(0, effort.winners)) {
    const chosen = restate(trial, quoting);
    if (!chosen) continue;
    const changed = withInterventions(working, [chosen]);
    const control =
      trial.control && withInterventions(working, [trial.control], `${trial.cause.id} control: ${trial.control.id}`);
    const all = [changed, ...(control ? [control] : [])];
    trial.cost = costOf(spent, all, effort.freshSeeds);
    if (
      affords(
        spent,
        [
          ...(isTrained(setting) ? [] : [working]),
          ...arms.flatMap((each) => [each.changed, ...(each.control ? [each.control] : [])]),
          ...all,
        ],
        effort.freshSeeds,
      )
    )
      arms.push({ trial, changed, control });
    else trial.stopped = tooDear("Confirming", trial.cost, effort);
  }
  if (arms.length === 0) return [];
  const wanted = [working, ...arms.flatMap(({ changed, control }) => [changed, ...(control ? [control] : [])])];
  const errors = errorsOfAll(view, wanted, quoting.seeds, quoting.judged, lab);
  const fresh = errors[0];
  const observed = shaky ? observedErrors(view, quoting.judged) : [];
  if (shaky) errors[0] = live([...fresh, ...observed], view);
  const of = (arm: Arm) => errors[wanted.indexOf(arm)];
  const baseline = of(working);
  if (working.name === "baseline") proof.baselineErrors = baseline;
  for (const { trial, changed, control } of arms) {
    const reverse = trial.chosen!.takesAway;
    trial.comparison = compareArms(
      {
        baseline: reverse ? of(changed) : baseline,
        changed: reverse ? baseline : of(changed),
        control: control && of(control),
      },
      {
        // An arm that is unstable itself says nothing of how much the seeds of others differ.
        pool: shaky
          ? []
          : errors.filter((each) => each !== baseline && each !== of(changed) && !(control && each === of(control))),
      },
    );
    if (shaky && !reverse)
      trial.comparison.pValue = Math.max(
        unstablePValue(fresh, observed, of(changed), view),
        control ? unstablePValue(of(control), [], of(changed), view) : 0,
      );
    trial.moved = reverse ? { before: of(changed), after: baseline } : { before: baseline, after: of(changed) };
    trial.tried.push({
      intervention: trial.chosen!,
      phase: "confirm",
      seeds: quoting.seeds.length,
      errorRate: meanError(of(changed)),
      gain: trial.comparison.gain.value,
    });
    if (control)
      trial.tried.push({
        intervention: trial.control!,
        phase: "confirm",
        seeds: quoting.seeds.length,
        errorRate: meanError(of(control)),
        gain: meanError(baseline) - meanError(of(control)),
      });
    if (trial.chosen!.judge) trial.opinions = judgedBy(view, changed, quoting.seeds, lab);
    if (reverse) recordCurve(proof, setting, trial, baseline, of(changed));
  }
  judge(
    arms.map(({ trial }) => trial),
    setting.tests,
    meanError(proof.baselineErrors.length > 0 ? proof.baselineErrors : baseline),
  );
  const winners = arms.map(({ trial }) => trial).filter(({ confirmed, chosen }) => confirmed && !chosen!.takesAway);
  if (tier !== "training" || winners.length < 2) return winners;
  // Another rate, other batches and more epochs are alternatives: one is applied, the others are no further causes.
  const changed = (trial: Trial) => of(arms.find((each) => each.trial === trial)!.changed);
  return settleAlternatives(winners, (a, b) => compareArms({ baseline: changed(a), changed: changed(b) }));
}

/** As many arms as one confirmation trains: the change, its control where there is one, the baseline unless it is there. */
function toConfirm(trials: Trial[], setting: TierSetting): Arm[] {
  const controlled = trials.some(({ cause }) => cause.control);
  return new Array(1 + Number(!isTrained(setting)) + Number(controlled)).fill(setting.working);
}

/** Whether an earlier tier trained what this one starts from on fresh seeds: it costs nothing more. */
const isTrained = ({ view, working, spent, effort }: TierSetting): boolean =>
  spent.jobs.has(`${working.name}#${freshSeeds(view.seed, effort.freshSeeds)[0]}`);

/** Sets the verdicts of a tier. `tests`: suspicions of the whole audit, for the correction. */
function judge(trials: Trial[], tests: number, errorRate: number): void {
  const padded = [
    ...trials.map(({ comparison }) => comparison!.pValue),
    ...new Array(Math.max(0, tests - trials.length)).fill(1),
  ];
  const adjusted = holm(padded);
  trials.forEach((trial, i) => {
    const { gain, gainOverControl } = trial.comparison!;
    trial.adjustedPValue = adjusted[i];
    trial.confirmed =
      adjusted[i] < ALPHA &&
      gain.low > 0 &&
      gain.value >= MINIMUM_SHARE * errorRate &&
      (gainOverControl === undefined || gainOverControl.value > 0);
    if (!trial.confirmed) trial.stopped = "The gain is not beyond what chance and the control explain.";
  });
}

/** Keeps the errors at a quarter, a half and all of the images. */
function recordCurve(
  proof: Proof,
  { view, working, halves, lab, effort }: TierSetting,
  trial: Trial,
  full: Errors,
  half: Errors,
): void {
  const { seed } = view;
  const bench = { recipe: working.recipe, movable: halves.movable, seed };
  const quarter = trial.cause.interventions!(view, trial.suspicion, bench)[1];
  const images = (arm: Arm) => trainingRows(view, arm).rows.length;
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
