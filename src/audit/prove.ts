import { fitOf, isDead } from "../causes/fit.ts";
import {
  type Cause,
  type CauseId,
  notApplicable,
  type Pool,
  type Suspicion,
  TIERS,
  type Tier,
} from "../causes/types.ts";
import { ofMasks, type Predictions, type View } from "../causes/view.ts";
import type { Recipe } from "../model/types.ts";
import { type ArmsComparison, compareArms } from "../stats/arms.ts";
import { affordsObservation, counting, limitOf, type Spent } from "./budget.ts";
import type { Effort } from "./effort.ts";
import { type Halves, halve } from "./halves.ts";
import { type Arm, freshSeeds, type Lab, subjectArm, withInterventions } from "./lab.ts";
import { type Inferred, type Ingested, observe } from "./observe.ts";
import { poolOf, remembering } from "./pool.ts";
import { type TierSetting, testTier, weightIn } from "./tier.ts";
import { type Errors, exploringIsEvidence, isRefuted, onRows, predictionsOfAll, STRONG, type Trial } from "./trial.ts";
import { live } from "./unstable.ts";

/** Everything that was proved, refuted or left open. */
export interface Proof {
  causes: Cause[];
  view: View;
  halves: Halves;
  suspicions: Map<CauseId, Suspicion>;
  trials: Trial[];
  /** Earlier experiments with causes that were tested again on top of what was put right; they count in the correction. */
  masked: Trial[];
  /** Baseline on the quoting half with fresh seeds, and all that live where training is unstable; empty where nothing went to confirmation. */
  baselineErrors: Errors;
  /** All confirmed fixes at once against the baseline. */
  together?: Together;
  /** Test error against the number of training images. */
  learningCurve: { images: number; errors: Errors }[];
  /** All models that were trained, as one judge of the test images. */
  pool: Pool;
  dead: boolean;
}

export interface Together {
  arm: Arm;
  comparison: ArmsComparison;
  causes: CauseId[];
  errors: Errors;
  /** What the models said that were compared, one a seed: of all test rows, those that something was chosen on too. */
  said: { before: Predictions[]; after: Predictions[] };
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
  new Map(causes.map((cause) => [cause.id, screened(cause, view)]));

function screened(cause: Cause, view: View): Suspicion {
  if (!ofMasks(view) || cause.masks === true) return cause.screen(view);
  return notApplicable(cause.masks ?? "This version does not test it on masks.");
}

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
    masked: [],
    baselineErrors: [],
    learningCurve: [],
    pool: poolOf(view, []),
    dead: isDead(fitOf(view)),
  };
  const spent: Spent = { view, recipe, effort, jobs: new Map(), found: false };
  const accounted = counting(lab, spent);
  let working = original;
  let current = view;
  let settled = !proof.dead;
  /** Training is shaky, yet it is not at fault: what keeps the model from learning may lie in the data. */
  let acquitted = false;
  const doubted =
    proof.dead || causes.some(({ id, tier }) => tier === "training" && suspicions.get(id)?.standing === "suspected");
  const blocked = [...suspicions.values()].find(({ blocks }) => blocks)?.blocks;
  let unsettled = "Training itself is not settled; put that right and audit again.";

  for (const tier of TIERS) {
    if (tier === "data" && working !== original) {
      if (!affordsObservation(spent, working)) {
        settled = false;
        unsettled = `Looking at the settled training would pass the cost that this effort allows (${limitOf(spent)} training runs); audit again with it put right.`;
      } else {
        // What was inferred is of the first model: enough for a suspicion, and the experiments are run on the settled training.
        current = observe(data, working, effort, accounted, subject.inferred);
      }
    }
    const suspected = (current === view ? [...suspicions] : [...screen(causes, current)]).filter(
      ([, { standing }]) => standing === "suspected",
    );
    const found = causes
      .filter((cause) => cause.interventions && isTestedIn(tier, cause, proof, settled, doubted))
      .flatMap((cause): Trial[] => {
        const suspicion = suspected.find(([id]) => id === cause.id)?.[1];
        return suspicion ? [{ cause, suspicion, tried: [], confirmed: false }] : [];
      })
      .sort((a, b) => b.suspicion.strength - a.suspicion.strength);
    proof.trials = [...proof.trials.filter((earlier) => !found.some(({ cause }) => cause === earlier.cause)), ...found];
    const shaky = tier === "training" || !settled;
    const trials: Trial[] = tier === "training" || settled || acquitted ? found : [];
    for (const trial of found) if (!trials.includes(trial)) trial.stopped = unsettled;
    if (blocked) {
      for (const trial of found) trial.stopped = blocked;
      continue;
    }
    const setting: TierSetting = {
      view: current,
      halves,
      effort,
      working,
      lab: accounted,
      spent,
      later: laterTests(tier, causes, suspected, effort),
      shaky,
      proof,
    };
    let confirmed = testTier(tier, trials, setting);
    if (confirmed.length > 0) settled = true;
    while (confirmed.length > 0) {
      spent.found = true;
      working = withInterventions(
        working,
        confirmed.map(({ chosen }) => chosen!),
      );
      confirmed = tier === "data" ? testWhatWasMasked(trials, { ...setting, working, shaky: false }) : [];
    }
    if (tier === "training" && !settled) acquitted = trials.every(isRefuted) && mostlyLives(view);
  }
  if (working !== original) {
    const said = predictionsOfAll(view, [original, working], freshSeeds(seed, effort.freshSeeds), accounted);
    const [before, after] = said.map((mine) => mine.map((each) => onRows(each, halves.quote, view)));
    const compared = proof.dead ? live(before, view) : before;
    proof.together = {
      arm: working,
      comparison: compareArms({ baseline: compared, changed: after }),
      causes: proof.trials
        .filter(({ confirmed, chosen }) => confirmed && !chosen?.takesAway)
        .map(({ cause }) => cause.id),
      errors: after,
      said: { before: said[0].filter((_, s) => compared.includes(before[s])), after: said[1] },
    };
  }
  proof.pool = poolOf(view, lab.trained.values());
  return proof;
}

/**
 * A large fault hides smaller ones: rare classes keep covered objects from being learnt, and whoever lacks a viewpoint gains nothing by
 * better labels. What is still suspected of a tier is tested once more on top of what was put right, unless the signs were weak and
 * experiments spoke against it, or it mends what was put right already. Returns what is confirmed then.
 */
function testWhatWasMasked(tested: Trial[], setting: TierSetting): Trial[] {
  const { proof } = setting;
  const earlier = proof.trials.filter(
    (trial) =>
      tested.some(({ cause }) => cause === trial.cause) &&
      !trial.confirmed &&
      !trial.repeats &&
      !proof.masked.some(({ cause }) => cause === trial.cause) &&
      (!isRefuted(trial) || trial.suspicion.proven || trial.suspicion.strength >= STRONG),
  );
  const again = new Map(
    earlier.map((trial): [Trial, Trial] => {
      const { cause, suspicion } = trial;
      return [trial, { cause, suspicion, tried: [], confirmed: false }];
    }),
  );
  const before = proof.masked;
  proof.masked = [...before, ...earlier];
  proof.trials = proof.trials.map((trial) => again.get(trial) ?? trial);
  const confirmed = testTier("data", [...again.values()], setting);
  // What could not be tested again keeps what was found at first.
  const kept = new Map(
    [...again].filter(([, { tried }]) => tried.length === 0).map(([first, second]) => [second, first]),
  );
  proof.masked = [...before, ...earlier.filter((trial) => !kept.has(again.get(trial)!))];
  proof.trials = proof.trials.map((trial) => kept.get(trial) ?? trial);
  return confirmed;
}

/** Whether most seeds, two at least, learn something: they can be compared with what is changed. */
function mostlyLives(view: View): boolean {
  const { deadSeeds, diverged } = fitOf(view);
  const alive = view.traces.length - Math.max(deadSeeds, diverged);
  return alive >= 2 && 2 * alive > view.traces.length;
}

/**
 * Where training is dead or a training cause suspected, what else may be why is tested with the training causes, against the same
 * baseline and for the same budget: more epochs also help where an augmentation leaves little to learn from, or layers let little through.
 * Where training is dead and another cause has settled it, it is tested again in its own tier, if it was not it.
 */
function isTestedIn(
  tier: Tier,
  cause: Cause,
  { dead, trials, suspicions }: Proof,
  settled: boolean,
  doubted: boolean,
): boolean {
  const settles = cause.settles || suspicions.get(cause.id)?.settles;
  if (!doubted || !settles) return cause.tier === tier;
  if (tier === "training") return true;
  return dead && cause.tier === tier && settled && !trials.some((trial) => trial.cause === cause && trial.confirmed);
}

/** What the suspicions of later tiers that may come to confirmation weigh, as far as this screening says: all, where exploring is evidence. */
const laterTests = (tier: Tier, causes: Cause[], suspected: [CauseId, Suspicion][], effort: Effort): number =>
  TIERS.slice(TIERS.indexOf(tier) + 1).reduce((sum, later) => {
    const there = causes
      .filter((cause) => cause.tier === later && cause.interventions)
      .flatMap(({ id }) => suspected.filter(([suspect]) => suspect === id).map(([, suspicion]) => weightIn(suspicion)))
      .sort((a, b) => b - a);
    const may = exploringIsEvidence(effort.exploreSeeds) ? there : there.slice(0, effort.winners);
    return sum + may.reduce((all, weight) => all + weight, 0);
  }, 0);
