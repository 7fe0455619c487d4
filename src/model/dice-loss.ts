import { activate, backpropagate, type HeadActivation } from "./head.ts";
import type { LossOptions } from "./losses.ts";
import { fillTarget, predictedClass } from "./target.ts";

/** Keeps a class that is in neither of the two from dividing by zero. */
const SMOOTH = 1e-6;

/**
 * Soft Dice loss over all rows of a batch (Sudre et al. 2017, equation 2, without its weights): the mean over classes of
 * 1 - 2 sum(p t) / (sum(p) + sum(t)), weighted by the classes' weights. One unit for two classes: the Dice of the second.
 * Classes that no row of the batch has are left out: driving their outputs to nothing is left to the others' Dice.
 *
 * @param gradient is filled with the derivative of the loss by `logits`
 */
export function diceLoss(
  logits: Float32Array,
  labels: Int32Array | Uint8Array,
  { activation, fromLogits, labelSmoothing, classWeight, ignore }: LossOptions,
  gradient: Float32Array,
): { loss: number; correct: number } {
  const rows = labels.length;
  const width = logits.length / rows;
  const asLogits = activation === "linear" && fromLogits;
  const applied: HeadActivation = asLogits ? (width === 1 ? "sigmoid" : "softmax") : activation;
  const [both, sums, seen] = [new Float64Array(width), new Float64Array(width), new Uint8Array(width)];
  const [output, target] = [new Float64Array(width), new Float64Array(width)];
  let correct = 0;
  for (let row = 0; row < rows; row++) {
    if (labels[row] === ignore) continue;
    activate(applied, logits, row * width, output);
    if (predictedClass(output, applied) === labels[row]) correct++;
    fillTarget(target, labels[row], labelSmoothing);
    seen[width === 1 ? 0 : labels[row]] = 1;
    for (let k = 0; k < width; k++) {
      both[k] += output[k] * target[k];
      sums[k] += output[k] + target[k];
    }
  }
  // One unit stands for the second class, and its row is there whether that class is or not.
  const weights = Float64Array.from(seen, (is, k) => (is ? (width === 1 ? 1 : (classWeight?.[k] ?? 1)) : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  let loss = 0;
  for (let k = 0; k < width; k++) loss += (weights[k] / total) * (1 - (2 * both[k] + SMOOTH) / (sums[k] + SMOOTH));
  const slope = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    if (labels[row] === ignore) {
      gradient.fill(0, from, from + width);
      continue;
    }
    activate(applied, logits, from, output);
    fillTarget(target, labels[row], labelSmoothing);
    for (let k = 0; k < width; k++) {
      const sum = sums[k] + SMOOTH;
      slope[k] = (-weights[k] / total) * ((2 * target[k] * sum - (2 * both[k] + SMOOTH)) / (sum * sum));
    }
    backpropagate(applied, output, slope);
    for (let k = 0; k < width; k++) gradient[from + k] = slope[k];
  }
  return { loss, correct };
}
