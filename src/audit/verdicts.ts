import { secondOpinion } from "../causes/label-suspects.ts";
import { leakedTestRows } from "../causes/leakage.ts";
import { percent, points } from "../causes/say.ts";
import type { Cause, CauseId, Hearing, Interval, Suspicion, Verdict } from "../causes/types.ts";
import type { View } from "../causes/view.ts";
import { mannWhitney } from "../stats/rank.ts";
import { type Attribution, attribute } from "./attribution.ts";
import { halve } from "./halves.ts";
import { byImportance } from "./order.ts";
import { hearingOf, poolOf } from "./pool.ts";
import type { Proof } from "./prove.ts";
import { isRefuted, type Trial } from "./trial.ts";

/** What the audit says of one cause. */
export interface Judgement {
  cause: Cause;
  verdict: Verdict;
  share: Interval | null;
  says: string;
  suspicion: Suspicion;
  trial?: Trial;
  indistinguishable?: { from: CauseId[]; separatedBy: string };
}

/** Causes whose fixes mend much the same errors. */
const LOOKALIKES: CauseId[][] = [
  ["regularization", "overfit", "insufficient-data"],
  ["learning-rate", "training-length", "batch-size", "loss-mismatch", "preprocessing-mismatch"],
  ["underfit", "architecture-choice"],
  ["class-imbalance", "coverage-gap"],
  ["position-sensitivity", "viewpoint-occlusion", "coverage-gap"],
  ["label-noise", "ambiguity", "image-quality"],
];

/** Verdicts on all causes, in the report's order (`byImportance`). */
export function judgements(proof: Proof): { ranked: Judgement[]; attribution: Attribution } {
  const attributed = attribute(proof);
  const hearing = hearingOf(proof);
  let { unexplained } = attributed;
  const ranked = [...proof.suspicions].map(([id, suspicion]): Judgement => {
    const trial = proof.trials.find(({ cause }) => cause.id === id);
    const told = trial ? reordered(trial, proof.view) : suspicion;
    const cause = trial?.cause ?? proof.causes.find((each) => each.id === id)!;
    const ruling = cause.decide?.(proof.view, told, hearing);
    if (ruling?.verdict === "confirmed" && ruling.share) unexplained = less(unexplained, ruling.share);
    const { verdict, says } = ruling ?? verdictOf(cause, told, trial, proof.view);
    return {
      cause,
      verdict,
      says,
      suspicion: { ...told, evidence: ruling?.evidence ?? told.evidence, rows: ruling?.rows ?? told.rows },
      trial,
      share: verdict === "confirmed" ? (ruling?.share ?? attributed.shares.get(id) ?? null) : null,
    };
  });
  for (const judgement of ranked) judgement.indistinguishable = lookalikes(judgement, ranked);
  ranked.sort(byImportance);
  return { ranked, attribution: { ...attributed, unexplained } };
}

/** What remains of a share when another is taken off it. */
function less(from: Interval, { value, low, high }: Interval): Interval {
  const clamp = (share: number) => Math.min(1, Math.max(0, share));
  return { value: clamp(from.value - value), low: clamp(from.low - high), high: clamp(from.high - low) };
}

/** The suspicion with its images in the order of the second opinion, where there is one. */
function reordered({ suspicion, opinions }: Trial, view: View): Suspicion {
  if (!opinions) return suspicion;
  return { ...suspicion, rows: Int32Array.from(secondOpinion(view, opinions), ({ row }) => row) };
}

function verdictOf(
  cause: Cause,
  suspicion: Suspicion,
  trial: Trial | undefined,
  view: View,
): { verdict: Verdict; says: string } {
  if (suspicion.standing !== "suspected") return { verdict: suspicion.standing, says: suspicion.says };
  if (!cause.interventions) return withoutExperiment(suspicion, view);
  if (trial?.confirmed && trial.comparison) {
    const { gain, gainOverControl } = trial.comparison;
    const where = cause.controlledOnItsImages ? " on its images" : "";
    const beyond = gainOverControl ? `, ${points(gainOverControl.value)} beyond its control${where}` : "";
    const change = trial.chosen!.takesAway
      ? `${capitalised(trial.chosen!.says)} raises the error rate by ${points(gain.value)}`
      : `${capitalised(trial.chosen!.says)} lowers the error rate by ${points(gain.value)}${beyond}`;
    return { verdict: "confirmed", says: `${suspicion.says} ${change}.` };
  }
  if (!trial || trial.tried.length === 0) {
    const why = trial?.stopped ?? "It was not tested: nothing can be retrained.";
    return suspicion.proven
      ? { verdict: "present", says: `${suspicion.says} It is there; what it costs was not measured. ${why}` }
      : { verdict: "suspected", says: `${suspicion.says} ${why}` };
  }
  const result = trial.comparison ? `${measured(trial)} ${trial.stopped ?? ""}` : (trial.stopped ?? "");
  if (suspicion.proven) {
    const cost = trial.repeats
      ? "It is there, and another fix mends the same errors."
      : "It is there, but putting it right changes the errors too little to be measured.";
    return { verdict: "present", says: `${suspicion.says} ${cost} ${result}`.trim() };
  }
  return { verdict: isRefuted(trial) ? "refuted" : "suspected", says: `${suspicion.says} ${result}`.trim() };
}

/** What an experiment that proved nothing showed. */
function measured({ chosen, comparison }: Trial): string {
  const { value, low, high } = comparison!.gain;
  const sign = chosen!.takesAway ? 1 : -1;
  const ends = [sign * low, sign * high].sort((a, b) => a - b);
  const signed = (change: number) => `${change > 0 ? "+" : ""}${points(change)}`;
  return `${capitalised(chosen!.says)} moved the error rate by ${signed(sign * value)} (95 %: ${signed(ends[0])} to ${signed(ends[1])}).`;
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** One-sided level at which leaked images count as answered better. */
const LEAKS = 0.025;

/** Leakage is proved by the bytes: confirmed where it moves the metric, present where it does not. */
function withoutExperiment(suspicion: Suspicion, view: View): { verdict: Verdict; says: string } {
  if (!suspicion.proven) return { verdict: "suspected", says: suspicion.says };
  const leaked = leakedTestRows(view);
  const of = (inside: boolean) => Array.from(view.testErrors).filter((_, i) => leaked.has(view.test[i]) === inside);
  const [inside, outside] = [of(true), of(false)];
  const moves =
    inside.length >= 5 &&
    inside.length >= 0.01 * view.test.length &&
    outside.length > 0 &&
    mannWhitney(outside, inside).pValue < LEAKS;
  return moves
    ? {
        verdict: "confirmed",
        says: `${suspicion.says} They are answered better than the rest: the measured accuracy is too high.`,
      }
    : {
        verdict: "present",
        says: `${suspicion.says} So few, or so like the rest, that the accuracy of ${percent(1 - mean(view.testErrors))} does not move beyond its interval.`,
      };
}

const mean = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Confirmed look-alikes whose gains lie within two standard errors of this one's. */
function lookalikes(judgement: Judgement, all: Judgement[]): Judgement["indistinguishable"] {
  const group = LOOKALIKES.filter((ids) => ids.includes(judgement.cause.id)).flat();
  const mine = judgement.trial?.comparison;
  if (!mine || judgement.verdict !== "confirmed") return undefined;
  const from = all
    .filter(({ cause, verdict, trial }) => {
      if (cause.id === judgement.cause.id || !group.includes(cause.id) || verdict !== "confirmed" || !trial?.comparison)
        return false;
      const error = Math.hypot(mine.standardError, trial.comparison.standardError);
      return Math.abs(mine.gain.value - trial.comparison.gain.value) < 2 * error;
    })
    .map(({ cause }) => cause.id)
    .concat(judgement.trial?.tiedWith ?? []);
  return from.length > 0
    ? { from, separatedBy: judgement.cause.separatedBy ?? "more seeds and more test images" }
    : undefined;
}

/**
 * Verdicts where nothing can be retrained: a suspicion stays one. Only test images in another form than training's are proved
 * all the same, by the same model on images that the form was not chosen on, or by their colours.
 */
export function unproved(causes: Cause[], suspicions: Map<CauseId, Suspicion>, view: View): Judgement[] {
  const hearing: Hearing = {
    pool: poolOf(view, []),
    quote: halve(view, view.seed).quote,
    experiments: [],
    tried: 0,
    open: [],
    undecided: [],
  };
  return causes
    .map((cause): Judgement => {
      const suspicion = suspicions.get(cause.id)!;
      const ruling = suspicion.blocks || suspicion.proven ? cause.decide?.(view, suspicion, hearing) : undefined;
      if (!ruling) return { cause, suspicion, share: null, ...verdictOf(cause, suspicion, undefined, view) };
      return { cause, suspicion, verdict: ruling.verdict, says: ruling.says, share: ruling.share ?? null };
    })
    .sort(byImportance);
}
