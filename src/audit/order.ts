import { type Cause, type Interval, VERDICTS, type Verdict } from "../causes/types.ts";
import type { ArmsComparison } from "../stats/arms.ts";
import type { Trial } from "./trial.ts";

/** Gains above this part of the largest one are alike while exploring, where a seed or two decide. */
const ALIKE = 0.5;

/** What is tested first: the strongest suspicion for its cost, so that what can be refuted cheaply is. */
export const byWorth = (a: Trial, b: Trial): number => worth(b) - worth(a);
const worth = ({ suspicion, cost = 1 }: Trial): number => suspicion.strength / Math.sqrt(Math.max(0.1, cost));

const bestGain = (trial: Trial): number => Math.max(...trial.tried.map(({ gain }) => gain));

/** What is there beyond doubt comes first, then the stronger suspicion. */
const bySign = (a: Trial, b: Trial): number =>
  Number(b.suspicion.proven ?? false) - Number(a.suspicion.proven ?? false) ||
  b.suspicion.strength - a.suspicion.strength;

/** What is confirmed first: where gains are alike the signs decide, elsewhere the gain. */
export function byPromise(trials: Trial[]): Trial[] {
  const best = Math.max(0, ...trials.map(bestGain));
  const alike = (trial: Trial) => bestGain(trial) >= ALIKE * best;
  return trials.toSorted(
    (a, b) => Number(alike(b)) - Number(alike(a)) || (alike(a) ? bySign(a, b) : 0) || bestGain(b) - bestGain(a),
  );
}

/**
 * Of confirmed trials that are alternatives, the one to apply: that of the largest gain, or among those within two standard
 * errors of it the one with the clearest signs. The others are confirmed no longer, and the tied ones are named.
 *
 * @param compare the errors of two trials' changed arms: how much the second gains over the first
 */
export function settleAlternatives(winners: Trial[], compare: (a: Trial, b: Trial) => ArmsComparison): Trial[] {
  const largest = winners.reduce((best, each) =>
    each.comparison!.gain.value > best.comparison!.gain.value ? each : best,
  );
  const tied = winners.filter((each) => {
    if (each === largest) return true;
    const { gain, standardError } = compare(each, largest);
    return gain.value < 2 * standardError;
  });
  const [first] = tied.toSorted(bySign);
  for (const other of winners) {
    if (other === first) continue;
    other.confirmed = false;
    other.repeats = true;
    other.stopped = tied.includes(other)
      ? `What it mends, ${first.cause.id} mends as well: the experiments cannot tell the two apart.`
      : `What it mends, ${first.cause.id} mends as well, and more.`;
  }
  if (tied.length > 1) first.tiedWith = tied.filter((each) => each !== first).map(({ cause }) => cause.id);
  return [first];
}

/** What the report's order looks at. */
interface Ranked {
  cause: Pick<Cause, "distortsMeasure">;
  verdict: Verdict;
  share: Interval | null;
  suspicion: { strength: number };
  trial?: Pick<Trial, "chosen">;
}

/**
 * The report's order, by verdict and share, read as what to do first. A confirmed cause that distorts the measured error
 * comes first: every share refers to that error. Then the confirmed faults, the larger share first. Then faults that are
 * present, again what distorts the error before the others: whoever collects more images in the same way collects them as well,
 * so they come before the advice to collect more, whose gain is predicted and which holds of nearly every dataset. Then what is
 * open, refuted or cleared.
 */
export const byImportance = (a: Ranked, b: Ranked): number =>
  placeOf(a) - placeOf(b) ||
  (b.share?.value ?? 0) - (a.share?.value ?? 0) ||
  b.suspicion.strength - a.suspicion.strength;

function placeOf({ cause, verdict, trial }: Ranked): number {
  const place = 2 * VERDICTS.indexOf(verdict);
  if (cause.distortsMeasure && (verdict === "confirmed" || verdict === "present")) return place - 1;
  if (verdict !== "confirmed") return place;
  return trial?.chosen?.takesAway ? 2 * VERDICTS.indexOf("present") + 1 : place;
}
