import type { CauseId, Interval } from "../causes/types.ts";
import { deriveSeed } from "../random.ts";
import { type Extrapolation, extrapolate } from "../stats/power-law.ts";
import type { Proof } from "./prove.ts";
import { meanError } from "./trial.ts";

/** How the baseline's errors divide among the confirmed causes. Shares are fractions of the errors. */
export interface Attribution {
  /** Baseline error rate that the shares refer to. */
  errorRate: number;
  shares: Map<CauseId, Interval>;
  /** What all fixes gain at once. */
  together: { gain: Interval; share: Interval } | undefined;
  unexplained: Interval;
  /** What twice and four times as many images promise, where the learning curve was measured. */
  outlook?: Extrapolation & { sizes: number[]; targets: number[] };
}

/**
 * Single shares are scaled down to what the fixes achieve together: two fixes often mend the same errors. What more images
 * would buy is a prediction from the learning curve, held to what the measured fixes leave over.
 */
export function attribute(proof: Proof): Attribution {
  const errorRate =
    proof.baselineErrors.length > 0 ? meanError(proof.baselineErrors) : averageOf(proof.view.testErrors);
  const shares = new Map<CauseId, Interval>();
  const fixes = proof.trials.filter(({ confirmed, chosen }) => confirmed && !chosen!.takesAway);
  const joint = proof.together?.comparison.gain;
  const sum = fixes.reduce((total, { comparison }) => total + comparison!.gain.value, 0);
  const scale = joint && sum > 0 ? Math.min(1, Math.max(0, joint.value) / sum) : 1;
  for (const { cause, comparison } of fixes) shares.set(cause.id, share(comparison!.gain, errorRate, scale));
  const together = joint && { gain: joint, share: share(joint, errorRate, 1) };
  const left = 1 - (together?.share.value ?? 0);

  const outlook = lookAhead(proof);
  let predicted = 0;
  const moreData = proof.trials.find(({ confirmed, chosen }) => confirmed && chosen!.takesAway);
  if (moreData && outlook) {
    const promised = share(outlook.gains[0], errorRate, 1);
    predicted = Math.min(left, promised.value);
    shares.set(moreData.cause.id, {
      value: predicted,
      low: Math.min(left, promised.low),
      high: Math.min(left, promised.high),
    });
  }
  const unexplained = {
    value: clamp(left - predicted),
    low: clamp(1 - (together?.share.high ?? 0) - predicted),
    high: clamp(1 - (together?.share.low ?? 0)),
  };
  return { errorRate, shares, together, unexplained, outlook };
}

/** Twice and four times the training images, from the errors at a quarter, a half and all of them. */
function lookAhead(proof: Proof): Attribution["outlook"] {
  if (proof.learningCurve.length < 2 || proof.learningCurve.some(({ errors }) => errors.length === 0)) return undefined;
  const sizes = proof.learningCurve.map(({ images }) => images);
  const largest = Math.max(...sizes);
  const targets = [2 * largest, 4 * largest];
  const arms = proof.learningCurve.map(({ errors }) => errors);
  return { ...extrapolate(sizes, arms, targets, { seed: deriveSeed(proof.view.seed, "outlook") }), sizes, targets };
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** A gain in error rate as a share of the errors. */
function share(gain: Interval, errorRate: number, scale: number): Interval {
  if (errorRate === 0) return { value: 0, low: 0, high: 0 };
  const part = (value: number) => clamp((value * scale) / errorRate);
  return { value: part(gain.value), low: part(gain.low), high: part(gain.high) };
}

const averageOf = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
