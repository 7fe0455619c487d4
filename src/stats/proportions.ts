import { normalBelow } from "./intervals.ts";

/** A share of so many. */
export interface Proportion {
  share: number;
  count: number;
}

/**
 * P-value of "the first share is no larger", one-sided: two proportions with their pooled variance (the score test that Pearson's
 * chi-squared is), which holds where one of them lies near 0 or 1. 1 where one of them is of nothing.
 */
export function moreThan(first: Proportion, second: Proportion): number {
  const count = first.count + second.count;
  const pooled = (first.share * first.count + second.share * second.count) / count;
  const variance = pooled * (1 - pooled) * (1 / first.count + 1 / second.count);
  if (!(variance > 0) || !Number.isFinite(variance)) return 1;
  return 1 - normalBelow((first.share - second.share) / Math.sqrt(variance));
}
