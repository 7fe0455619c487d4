import { percent } from "../causes/say.ts";
import type { Bench, Cause, CauseId, Intervention, Suspicion } from "../causes/types.ts";
import { errorsOf, type Predictions, type View } from "../causes/view.ts";
import { type ArmsComparison, compareArms } from "../stats/arms.ts";
import type { Stage } from "../stats/combine.ts";
import { type Arm, armJob, type Lab, withInterventions } from "./lab.ts";
import { averageByRow } from "./observe.ts";

/** Errors of an arm on some rows, one array a seed. */
export type Errors = Float32Array[];

/** One variant that was tried. */
export interface Tried {
  intervention: Intervention;
  phase: "explore" | "confirm";
  seeds: number;
  errorRate: number;
  gain: number;
}

/** What became of one suspicion. */
export interface Trial {
  cause: Cause;
  suspicion: Suspicion;
  tried: Tried[];
  chosen?: Intervention;
  control?: Intervention;
  /** On the quoting half with fresh seeds; its p-value is that of both halves where exploring chose nothing (`explored`). */
  comparison?: ArmsComparison;
  /** P-value of the only variant there is while exploring. What was chosen among several is no evidence: the luckiest was. */
  explored?: Stage;
  adjustedPValue?: number;
  /** Errors on the quoting half without and with what was chosen. */
  moved?: { before: Errors; after: Errors };
  confirmed: boolean;
  /** Opinions of the models that were trained without the suspects. */
  opinions?: Predictions;
  /** What its next experiment costs, in training runs of the subject. */
  cost?: number;
  /** Causes whose fixes mend as much: the experiments do not tell them apart. */
  tiedWith?: CauseId[];
  /** Its fix gains, and a larger one mends the same errors: why it is not confirmed. */
  repeats?: true;
  /** It was looked at again with as many fresh seeds more. */
  secondLook?: true;
  /** The first fresh seed gained nothing. */
  futile?: true;
  /** Why it was not tested, or not to the end. */
  stopped?: string;
}

/** Uncorrected level below which an experiment that did not survive correction is left open instead of refuted. */
const OPEN = 0.05;

/** Whether experiments speak against it: tried to the end, and nothing left open. */
export const isRefuted = ({ tried, confirmed, comparison, chosen, futile }: Trial): boolean =>
  tried.length > 0 && !confirmed && (comparison ? comparison.pValue >= OPEN : chosen === undefined || futile === true);

/** Errors of several arms on `rows`, `[arms][seeds][rows]`, from what `predictionsOfAll` gives. */
export const errorsOfAll = (view: View, arms: Arm[], seeds: number[], rows: Int32Array, lab: Lab): Errors[] =>
  predictionsOfAll(view, arms, seeds, lab).map((mine) => mine.map((each) => onRows(each, rows, view)));

/** What several arms say, `[arms][seeds]`; all their training runs are asked for together, those that failed for good are left out. */
export function predictionsOfAll(view: View, arms: Arm[], seeds: number[], lab: Lab): Predictions[][] {
  const jobs = arms.map((arm) => seeds.map((seed) => armJob(view, arm, seed)));
  const results = lab.results(jobs.flat());
  return jobs.map((mine, a) =>
    mine.flatMap((job, s) => {
      const result = results[a * seeds.length + s];
      return result ? [{ rows: job.predict, values: result.probabilities }] : [];
    }),
  );
}

/** Errors of predictions on some of their rows. */
export function onRows(predictions: Predictions, rows: Int32Array, view: View): Float32Array {
  const errors = errorsOf(predictions, view);
  const at = new Map(Array.from(predictions.rows, (row, i) => [row, i]));
  return Float32Array.from(rows, (row) => errors[at.get(row)!]);
}

/** What the arm's models say of the rows that they are to judge, averaged over seeds; nothing where no seed came through. */
export function judgedBy(view: View, arm: Arm, seeds: number[], lab: Lab): Predictions | undefined {
  const classes = view.classes.length;
  const wanted = new Set(arm.judge);
  const jobs = seeds.map((seed) => armJob(view, arm, seed));
  const opinions = lab.results(jobs).flatMap((result, s): Predictions[] => {
    if (!result || result.diverged) return [];
    const places = [...jobs[s].predict.keys()].filter((i) => i >= view.test.length && wanted.has(jobs[s].predict[i]));
    const values = new Float32Array(places.length * classes);
    places.forEach(
      (place, i) => void values.set(result.probabilities.subarray(place * classes, (place + 1) * classes), i * classes),
    );
    return [{ rows: Int32Array.from(places, (place) => jobs[s].predict[place]), values }];
  });
  return averageByRow(opinions, classes);
}

/** One seed says nothing of how far seeds lie apart. */
export const exploringIsEvidence = (seeds: number): boolean => seeds > 1;

/** What errors weigh as evidence: seeds times images. */
export const weightOf = (errors: Errors): number => errors.length * (errors[0]?.length ?? 0);

export const meanError = (errors: Errors): number => {
  let sum = 0;
  for (const each of errors) for (const error of each) sum += error;
  return sum / Math.max(1, errors.length * (errors[0]?.length ?? 0));
};

/** Strength from which on a suspicion is not given up for what lies within one seed's own noise. */
export const STRONG = 0.5;

/**
 * How far one seed of an arm may fall short of the baseline's and the suspicion go on: nothing where it is weak; where it is
 * strong one standard error: of the images, from those on which the two differ (McNemar 1947; of masks by how much), and of the seeds.
 *
 * @param observed errors of other seeds of the baseline on the same images: how far seeds lie apart
 */
export function slackOf({ suspicion }: Trial, [one]: Errors, [other]: Errors, observed: Errors): number {
  if (suspicion.strength < STRONG || !one || !other) return 0;
  const differ = one.reduce((sum, error, i) => sum + (error - other[i]) ** 2, 0);
  const means = observed.map((errors) => meanError([errors]));
  const middle = means.reduce((sum, mean) => sum + mean / means.length, 0);
  const variance = means.reduce((sum, mean) => sum + (mean - middle) ** 2, 0) / Math.max(1, means.length - 1);
  return Math.sqrt(differ / one.length ** 2 + 2 * variance);
}

export const without = (rows: Int32Array, taken: Int32Array): Int32Array => {
  const set = new Set(taken);
  return rows.filter((row) => !set.has(row));
};

/** What an experiment is compared with, and what it may use. */
export interface Setting {
  view: View;
  /** The subject with what was confirmed so far. */
  working: Arm;
  bench: Bench;
  seeds: number[];
  /** Rows judged. */
  judged: Int32Array;
  /** The baseline may be dead on some seeds: those say nothing of a gain. */
  shaky: boolean;
  lab: Lab;
}

/** The variants that are worth exploring. What takes something away is tried in its first form: the others only draw the curve. */
export function variantsOf({ cause, suspicion }: Trial, view: View, bench: Bench): Intervention[] {
  const all = cause.interventions!(view, suspicion, bench);
  return all[0]?.takesAway ? all.slice(0, 1) : all;
}

/** Tries each variant and keeps the best one in `trial.chosen`, where it is worth confirming. */
export function explore(
  trial: Trial,
  { view, working, bench, seeds, judged, lab, shaky }: Setting,
  minimumGain: number,
): void {
  const interventions = variantsOf(trial, view, bench);
  if (interventions.length === 0) {
    trial.stopped = "There is nothing that could be changed to test it.";
    return;
  }
  const arms = interventions.map((intervention) => withInterventions(working, [intervention]));
  const moved = Int32Array.from(arms.flatMap(({ move }) => [...move]));
  const rows = without(judged, moved);
  const [baseline, ...changed] = errorsOfAll(view, [working, ...arms], seeds, rows, lab);
  const base = meanError(baseline);
  trial.tried = interventions.map((intervention, i) => ({
    intervention,
    phase: "explore",
    seeds: seeds.length,
    errorRate: meanError(changed[i]),
    gain: (base - meanError(changed[i])) * (intervention.takesAway ? -1 : 1),
  }));
  const best = trial.tried.reduce((winner, each, i) => (each.gain > trial.tried[winner].gain ? i : winner), 0);
  // Where seeds lie far apart one or two say nothing: what is there beyond doubt is tested to the end.
  // Elsewhere they are no proof either way: what lies within its own noise is not refuted yet where the suspicion is strong.
  if (interventions[best].judge) trial.opinions = judgedBy(view, arms[best], seeds, lab);
  const { standardError, pOfGain } = compareArms(
    interventions[best].takesAway
      ? { baseline: changed[best], changed: baseline }
      : { baseline, changed: changed[best] },
    { pool: changed.filter((_, i) => i !== best) },
  );
  if (interventions.length === 1 && !shaky && exploringIsEvidence(seeds.length))
    trial.explored = { pValue: pOfGain, weight: weightOf(baseline) };
  if (trial.suspicion.proven && shaky) {
    trial.chosen = interventions[best];
    return;
  }
  const slack = trial.suspicion.strength >= STRONG && Number.isFinite(standardError) ? standardError : 0;
  if (trial.tried[best].gain + slack > minimumGain * base) trial.chosen = interventions[best];
  else trial.stopped = gainedNothing(trial.tried, best, base);
}

/** In words, with the figures of the variant that came nearest. */
function gainedNothing(tried: Tried[], best: number, base: number): string {
  const { intervention, errorRate } = tried[best];
  const among = tried.length > 1 ? `, the best of ${tried.length} variants,` : "";
  return `On the exploring half ${intervention.says}${among} took the error rate from ${percent(base)} to ${percent(errorRate)}: nothing is ${intervention.takesAway ? "lost" : "gained"} by it.`;
}

/** The chosen variant as it is applied to the quoting half, where more may be moved than while exploring. */
export function restate(trial: Trial, { view, bench }: Setting): Intervention | undefined {
  const chosen = trial.cause.interventions!(view, trial.suspicion, bench).find(({ id }) => id === trial.chosen!.id);
  trial.chosen = chosen;
  trial.control = chosen && trial.cause.control?.(view, trial.suspicion, chosen, bench);
  return chosen;
}
