/** Cross-entropy of many rows with one label each: the loss of masks, where a batch has a hundred thousand rows. */
import type { BatchLoss, LossOptions } from "./losses.ts";

const EPSILON = 1e-7;

/**
 * What `batchLoss` computes row by row for any loss, written out for cross-entropy of logits against whole labels: the same
 * numbers to the bit in a third of the time. With masks the general form takes half of a training step.
 *
 * @param logits [rows, width]; width 1 means one unit for two classes
 * @returns nothing where the options ask for another loss
 */
export function pixelLoss(
  logits: Float32Array,
  labels: Int32Array | Uint8Array,
  options: LossOptions,
  gradient: Float32Array,
  counted: number,
): BatchLoss | undefined {
  const { loss, activation, fromLogits, labelSmoothing } = options;
  if (labelSmoothing !== 0) return undefined;
  const width = logits.length / labels.length;
  const linear = activation === "linear" && fromLogits;
  if (loss === "binaryCrossentropy" && width === 1 && (activation === "sigmoid" || linear))
    return oneUnit(logits, labels, options, gradient, counted);
  const entropy = loss === "sparseCategoricalCrossentropy" || loss === "categoricalCrossentropy";
  if (entropy && width > 1 && (activation === "softmax" || linear))
    return softmax(logits, labels, options, gradient, counted);
  return undefined;
}

function oneUnit(
  logits: Float32Array,
  labels: Int32Array | Uint8Array,
  { classWeight, ignore }: LossOptions,
  gradient: Float32Array,
  counted: number,
): BatchLoss {
  let total = 0;
  let correct = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === ignore) {
      gradient[i] = 0;
      continue;
    }
    const p = 1 / (1 + Math.exp(-logits[i]));
    if ((p > 0.5 ? 1 : 0) === label) correct++;
    const weight = (classWeight ? classWeight[label] : 1) / counted;
    const clipped = Math.min(1 - EPSILON, Math.max(EPSILON, p));
    total -= weight * Math.log(label === 1 ? clipped : 1 - clipped);
    gradient[i] = weight * (p - label);
  }
  return { loss: total, correct, counted };
}

function softmax(
  logits: Float32Array,
  labels: Int32Array | Uint8Array,
  { classWeight, ignore }: LossOptions,
  gradient: Float32Array,
  counted: number,
): BatchLoss {
  const width = logits.length / labels.length;
  const output = new Float64Array(width);
  let total = 0;
  let correct = 0;
  for (let row = 0, from = 0; row < labels.length; row++, from += width) {
    const label = labels[row];
    if (label === ignore) {
      for (let k = 0; k < width; k++) gradient[from + k] = 0;
      continue;
    }
    let largest = -Infinity;
    for (let k = 0; k < width; k++) if (!(logits[from + k] <= largest)) largest = logits[from + k];
    let sum = 0;
    for (let k = 0; k < width; k++) sum += output[k] = Math.exp(logits[from + k] - largest);
    let best = 0;
    for (let k = 0; k < width; k++) {
      output[k] /= sum;
      if (output[k] > output[best]) best = k;
    }
    if (best === label) correct++;
    const weight = (classWeight ? classWeight[label] : 1) / counted;
    total += Number.isNaN(output[0]) ? Number.NaN : weight * -Math.log(Math.max(output[label], Number.MIN_VALUE));
    for (let k = 0; k < width; k++) gradient[from + k] = weight * (k === label ? output[k] - 1 : output[k]);
  }
  return { loss: total, correct, counted };
}
