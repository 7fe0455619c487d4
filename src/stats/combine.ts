import { normalBelow, normalQuantile } from "./intervals.ts";

/** A one-sided p-value and the weight of what it was found on: images times seeds, or anything in proportion to it. */
export interface Stage {
  pValue: number;
  weight: number;
}

/**
 * P-value of independent looks at one hypothesis together: the inverse normal method with weights that were fixed beforehand (Lehmacher
 * and Wassmer, 1999). Uniform where each of them is. A stage that is certain either way decides.
 */
export function combine(stages: readonly Stage[]): number {
  const weights = Math.sqrt(stages.reduce((sum, { weight }) => sum + weight, 0));
  if (stages.some(({ pValue }) => pValue >= 1)) return 1;
  if (stages.some(({ pValue }) => pValue <= 0)) return 0;
  const z = stages.reduce((sum, { pValue, weight }) => sum - Math.sqrt(weight) * normalQuantile(pValue), 0);
  return normalBelow(-z / weights);
}
