import { diceLoss } from "./dice-loss.ts";
import type { HeadActivation } from "./head.ts";
import { activate, backpropagate } from "./head.ts";
import { pixelLoss } from "./pixel-loss.ts";
import { fillTarget, predictedClass } from "./target.ts";

export const LOSSES = [
  "sparseCategoricalCrossentropy",
  "categoricalCrossentropy",
  "binaryCrossentropy",
  "kullbackLeiblerDivergence",
  "meanSquaredError",
  "meanAbsoluteError",
  "huber",
  "hinge",
  "squaredHinge",
  "categoricalHinge",
  "dice",
] as const;
export type LossName = (typeof LOSSES)[number];

const EPSILON = 1e-7;

export interface LossOptions {
  loss: LossName;
  activation: HeadActivation;
  /** Whether the loss takes the outputs of a linear head as logits. */
  fromLogits: boolean;
  labelSmoothing: number;
  /** Weight of each class. */
  classWeight?: Float64Array;
  /** The label of rows that count for nothing: pixels that belong to no class. */
  ignore?: number;
}

/** Loss of a batch, and how many of its images (in segmentation: pixels) are right. */
export interface BatchLoss {
  /** Mean over the batch of weight x loss, as Keras reports it, without penalties on weights. */
  loss: number;
  correct: number;
  /** Rows that are not ignored. */
  counted: number;
}

/**
 * Loss, accuracy and gradient of one batch at the head of the network. With these few numbers plain arithmetic beats tensors.
 * Cross-entropy after softmax (and binary cross-entropy after sigmoid) is computed from the logits, as Keras does.
 *
 * @param logits what the last layer gives before its activation, [images, width]; width 1 means one unit for two classes. In
 *   segmentation pixels take the place of images
 * @param gradient is filled with the derivative of the loss by `logits`
 */
export function batchLoss(
  logits: Float32Array,
  labels: Int32Array | Uint8Array,
  options: LossOptions,
  gradient: Float32Array,
): BatchLoss {
  const images = labels.length;
  const counted = options.ignore === undefined ? images : countOthers(labels, options.ignore);
  if (options.loss === "dice") return { ...diceLoss(logits, labels, options, gradient), counted };
  return pixelLoss(logits, labels, options, gradient, counted) ?? rowByRow(logits, labels, options, gradient, counted);
}

/** `batchLoss` for any loss of single rows. */
export function rowByRow(
  logits: Float32Array,
  labels: Int32Array | Uint8Array,
  options: LossOptions,
  gradient: Float32Array,
  counted: number,
): BatchLoss {
  const images = labels.length;
  const width = logits.length / images;
  const { classWeight, ignore } = options;
  const rule = ruleOf(options);
  const target = new Float64Array(width);
  const output = new Float64Array(width);
  const slope = new Float64Array(width);
  let total = 0;
  let correct = 0;
  for (let image = 0; image < images; image++) {
    const from = image * width;
    const label = labels[image];
    if (label === ignore) {
      gradient.fill(0, from, from + width);
      continue;
    }
    fillTarget(target, label, options.labelSmoothing);
    activate(rule.activation, logits, from, output);
    if (predictedClass(output, rule.activation) === label) correct++;
    const weight = (classWeight ? classWeight[label] : 1) / counted;
    total += weight * rule.lossOf(target, output, slope);
    if (!rule.slopeIsByLogits) backpropagate(rule.activation, output, slope);
    for (let k = 0; k < width; k++) gradient[from + k] = weight * slope[k];
  }
  return { loss: total, correct, counted };
}

function countOthers(labels: Int32Array | Uint8Array, ignore: number): number {
  let others = 0;
  for (const label of labels) if (label !== ignore) others++;
  return others;
}

interface Rule {
  /** Applied to the logits before the loss sees them. */
  activation: HeadActivation;
  /** `slope` already holds the derivative by the logits. */
  slopeIsByLogits: boolean;
  lossOf: (target: Float64Array, output: Float64Array, slope: Float64Array) => number;
}

function ruleOf({ loss, activation, fromLogits }: LossOptions): Rule {
  const asLogits = activation === "linear" && fromLogits;
  switch (loss) {
    case "sparseCategoricalCrossentropy":
    case "categoricalCrossentropy":
    case "kullbackLeiblerDivergence": {
      const entropy = loss === "kullbackLeiblerDivergence";
      if (activation === "softmax" || asLogits)
        return { activation: "softmax", slopeIsByLogits: true, lossOf: (t, p, s) => softmaxEntropy(t, p, s, entropy) };
      return { activation, slopeIsByLogits: false, lossOf: normalisedEntropy };
    }
    case "binaryCrossentropy":
      if (activation === "sigmoid" || asLogits)
        return { activation: "sigmoid", slopeIsByLogits: true, lossOf: sigmoidEntropy };
      return { activation, slopeIsByLogits: false, lossOf: binaryEntropy };
    case "meanSquaredError":
      return elementwise(
        activation,
        (t, y) => (y - t) ** 2,
        (t, y) => 2 * (y - t),
      );
    case "meanAbsoluteError":
      return elementwise(
        activation,
        (t, y) => Math.abs(y - t),
        (t, y) => Math.sign(y - t),
      );
    case "huber":
      return elementwise(
        activation,
        (t, y) => (Math.abs(y - t) <= 1 ? (y - t) ** 2 / 2 : Math.abs(y - t) - 0.5),
        (t, y) => Math.max(-1, Math.min(1, y - t)),
      );
    case "hinge":
      return elementwise(
        activation,
        (t, y) => Math.max(0, 1 - sign(t) * y),
        (t, y) => (1 - sign(t) * y > 0 ? -sign(t) : 0),
      );
    case "squaredHinge":
      return elementwise(
        activation,
        (t, y) => Math.max(0, 1 - sign(t) * y) ** 2,
        (t, y) => -2 * sign(t) * Math.max(0, 1 - sign(t) * y),
      );
    case "dice":
      throw new Error("Dice is no loss of single rows.");
    case "categoricalHinge":
      return { activation, slopeIsByLogits: false, lossOf: categoricalHinge };
  }
}

/** Hinge losses take 0 and 1 as -1 and 1. */
const sign = (target: number): number => 2 * target - 1;

/** The mean over the outputs of a loss of single outputs. */
const elementwise = (
  activation: HeadActivation,
  loss: (target: number, output: number) => number,
  derivative: (target: number, output: number) => number,
): Rule => ({
  activation,
  slopeIsByLogits: false,
  lossOf: (target, output, slope) => {
    let sum = 0;
    for (let k = 0; k < output.length; k++) {
      sum += loss(target[k], output[k]);
      slope[k] = derivative(target[k], output[k]) / output.length;
    }
    return sum / output.length;
  },
});

function softmaxEntropy(t: Float64Array, p: Float64Array, slope: Float64Array, divergence: boolean): number {
  let loss = 0;
  for (let k = 0; k < p.length; k++) {
    if (t[k] > 0) loss -= t[k] * Math.log(Math.max(p[k], Number.MIN_VALUE));
    if (divergence && t[k] > 0) loss += t[k] * Math.log(t[k]);
    slope[k] = p[k] - t[k];
  }
  return Number.isNaN(p[0]) ? Number.NaN : loss;
}

/** Cross-entropy of outputs that are no distribution: Keras divides them by their sum and clips. */
function normalisedEntropy(t: Float64Array, y: Float64Array, slope: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < y.length; k++) sum += y[k];
  let loss = 0;
  let weighted = 0;
  for (let k = 0; k < y.length; k++) {
    const share = y[k] / sum;
    const inside = share > EPSILON && share < 1 - EPSILON;
    loss -= t[k] * Math.log(Math.min(1 - EPSILON, Math.max(EPSILON, share)));
    slope[k] = inside ? -t[k] / share : 0;
    weighted += slope[k] * share;
  }
  for (let k = 0; k < y.length; k++) slope[k] = (slope[k] - weighted) / sum;
  return Number.isNaN(sum) ? Number.NaN : loss;
}

function sigmoidEntropy(t: Float64Array, p: Float64Array, slope: Float64Array): number {
  const loss = binaryEntropy(t, p, slope);
  for (let k = 0; k < p.length; k++) slope[k] = (p[k] - t[k]) / p.length;
  return loss;
}

function binaryEntropy(t: Float64Array, y: Float64Array, slope: Float64Array): number {
  let loss = 0;
  for (let k = 0; k < y.length; k++) {
    const inside = y[k] > EPSILON && y[k] < 1 - EPSILON;
    const p = Math.min(1 - EPSILON, Math.max(EPSILON, y[k]));
    loss -= t[k] * Math.log(p) + (1 - t[k]) * Math.log(1 - p);
    slope[k] = inside ? (p - t[k]) / (p * (1 - p)) / y.length : 0;
  }
  return Number.isNaN(y[0]) ? Number.NaN : loss / y.length;
}

/** max(0, 1 + the largest output of a wrong class - the output of the right one). */
function categoricalHinge(t: Float64Array, y: Float64Array, slope: Float64Array): number {
  let right = 0;
  let worst = 0;
  for (let k = 0; k < y.length; k++) {
    right += t[k] * y[k];
    if ((1 - t[k]) * y[k] > (1 - t[worst]) * y[worst]) worst = k;
  }
  const loss = Math.max(0, (1 - t[worst]) * y[worst] - right + 1);
  for (let k = 0; k < y.length; k++) slope[k] = loss > 0 ? -t[k] + (k === worst ? 1 - t[k] : 0) : 0;
  return Number.isNaN(right) ? Number.NaN : loss;
}
