import type { HeadActivation } from "./head.ts";

/** The class that outputs stand for: the first of the largest; of one unit, the second class above the middle. */
export function predictedClass(output: Float64Array, activation: HeadActivation): number {
  if (output.length === 1) return output[0] > (activation === "linear" ? 0 : 0.5) ? 1 : 0;
  let best = 0;
  for (let k = 1; k < output.length; k++) if (output[k] > output[best]) best = k;
  return best;
}

/** One-hot, smoothed as in Szegedy et al. 2016, section 7: (1 - s) x one-hot + s / classes. */
export function fillTarget(target: Float64Array, label: number, smoothing: number): void {
  if (target.length === 1) {
    target[0] = label * (1 - smoothing) + smoothing / 2;
    return;
  }
  target.fill(smoothing / target.length);
  target[label] += 1 - smoothing;
}
