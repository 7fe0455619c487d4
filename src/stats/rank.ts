import { random } from "../random.ts";
import { normalBelow } from "./intervals.ts";

/** Ranks from 1, equal values sharing their mean rank, and the sum of t^3 - t over groups of t equal values. */
export function ranks(values: ArrayLike<number>): { ranks: Float64Array; ties: number } {
  const given = Float64Array.from(values);
  const order = Uint32Array.from(given.keys()).sort((a, b) => given[a] - given[b]);
  const ranked = new Float64Array(given.length);
  let ties = 0;
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && given[order[end]] === given[order[start]]) end++;
    for (let i = start; i < end; i++) ranked[order[i]] = (start + 1 + end) / 2;
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  return { ranks: ranked, ties };
}

export interface RankSum {
  /** Pairs in which the first sample's value is the larger, equal ones counting half (Mann and Whitney, 1947). */
  u: number;
  /** `u` as a share of all pairs: 0.5 where samples do not differ. */
  share: number;
  /** One-sided, for "the first sample is not larger"; normal approximation with ties and a continuity correction. */
  pValue: number;
}

/** Whether values of the first sample tend to be larger than those of the second. */
export function mannWhitney(first: ArrayLike<number>, second: ArrayLike<number>): RankSum {
  const n = first.length;
  const m = second.length;
  if (n === 0 || m === 0) return { u: 0, share: 0.5, pValue: 1 };
  const both = Float64Array.from({ length: n + m }, (_, i) => (i < n ? first[i] : second[i - n]));
  const { ranks: ranked, ties } = ranks(both);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += ranked[i];
  const u = sum - (n * (n + 1)) / 2;
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
  const pValue = variance > 0 ? 1 - normalBelow((u - (n * m) / 2 - 0.5) / Math.sqrt(variance)) : 1;
  return { u, share: u / (n * m), pValue };
}

/** Area under the ROC curve: how often a positive's score is above a negative's, equal ones counting half. */
export function rocAuc(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): number {
  const { ranks: ranked } = ranks(scores);
  let positives = 0;
  let sum = 0;
  for (let i = 0; i < ranked.length; i++) {
    if (!positive[i]) continue;
    positives++;
    sum += ranked[i];
  }
  return (sum - (positives * (positives + 1)) / 2) / (positives * (ranked.length - positives));
}

/** Mean precision over the recalls that each threshold adds, highest score first; equal scores are one threshold. */
export function averagePrecision(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): number {
  const given = Float64Array.from(scores);
  const order = Uint32Array.from(given.keys()).sort((a, b) => given[b] - given[a]);
  let hits = 0;
  let sum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let added = 0;
    for (; end < order.length && given[order[end]] === given[order[start]]; end++) if (positive[order[end]]) added++;
    hits += added;
    sum += (added * hits) / end;
    start = end;
  }
  return sum / hits;
}

/** Correlation of ranks (Spearman, 1904). Not a number where either side does not vary. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { ranks: x } = ranks(a);
  const { ranks: y } = ranks(b);
  const mean = (x.length + 1) / 2;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) ** 2;
    yy += (y[i] - mean) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

/**
 * One-sided p-value for "members' mean is not above the others'", by dealing membership out at random `draws` times
 * (Phipson and Smyth, 2010: the observed deal counts as one, so that it is never zero).
 */
export function permutationTest(
  values: ArrayLike<number>,
  members: ArrayLike<number>,
  { seed, draws = 2000 }: { seed: number; draws?: number },
): number {
  const chance = random(seed);
  const pool = Float64Array.from(values);
  let observed = 0;
  for (let i = 0; i < members.length; i++) observed += pool[members[i]];
  let asLarge = 1;
  for (let d = 0; d < draws; d++) {
    let sum = 0;
    for (let i = 0; i < members.length; i++) {
      const j = i + chance.int(pool.length - i);
      const drawn = pool[j];
      pool[j] = pool[i];
      pool[i] = drawn;
      sum += drawn;
    }
    if (sum >= observed - 1e-9 * Math.abs(observed)) asLarge++;
  }
  return asLarge / (draws + 1);
}
