/** The activation at the end of a network. It is applied here, outside the tensors: the model built gives what comes before it. */
export type HeadActivation = "softmax" | "sigmoid" | "linear";

export const isHeadActivation = (name: unknown): name is HeadActivation =>
  name === "softmax" || name === "sigmoid" || name === "linear";

/** Applies the activation to one row of logits: `output` [width]. */
export function activate(
  activation: HeadActivation,
  logits: Float32Array,
  from: number,
  output: Float64Array | Float32Array,
): void {
  const width = output.length;
  if (activation === "linear") {
    for (let k = 0; k < width; k++) output[k] = logits[from + k];
    return;
  }
  if (activation === "sigmoid") {
    for (let k = 0; k < width; k++) output[k] = 1 / (1 + Math.exp(-logits[from + k]));
    return;
  }
  let largest = -Infinity;
  for (let k = 0; k < width; k++) if (!(logits[from + k] <= largest)) largest = logits[from + k];
  let sum = 0;
  for (let k = 0; k < width; k++) sum += output[k] = Math.exp(logits[from + k] - largest);
  for (let k = 0; k < width; k++) output[k] /= sum;
}

/** Turns the derivative by the outputs of one row into the derivative by its logits, in place. */
export function backpropagate(activation: HeadActivation, output: Float64Array, slope: Float64Array): void {
  if (activation === "sigmoid") for (let k = 0; k < output.length; k++) slope[k] *= output[k] * (1 - output[k]);
  if (activation !== "softmax") return;
  let weighted = 0;
  for (let k = 0; k < output.length; k++) weighted += slope[k] * output[k];
  for (let k = 0; k < output.length; k++) slope[k] = output[k] * (slope[k] - weighted);
}

/** How the outputs of a trained head are read. */
export interface Head {
  activation: HeadActivation;
  /** A linear head that was trained on one-hot targets gives values near 0 and 1; otherwise it gives logits. */
  linear: "logits" | "values";
}

/**
 * Class probabilities from logits. A single unit stands for the second of two classes. Outputs that are no distribution
 * (several sigmoids, values of a regression) are cut at zero and divided by their sum, which keeps their order.
 *
 * @param logits [images, width]
 * @returns [images, classes], rows sum to one
 */
export function probabilitiesOf(logits: Float32Array, width: number, classes: number, head: Head): Float32Array {
  const images = logits.length / width;
  const result = new Float32Array(images * classes);
  const row = new Float64Array(width);
  const activation =
    head.activation === "linear" && head.linear === "logits" ? logitActivation(width) : head.activation;
  for (let image = 0; image < images; image++) {
    activate(activation, logits, image * width, row);
    const to = image * classes;
    if (width === 1) {
      const second = Math.min(1, Math.max(0, row[0]));
      result[to] = 1 - second;
      result[to + 1] = second;
      continue;
    }
    if (activation !== "softmax") toDistribution(row);
    result.set(row, to);
  }
  return result;
}

const logitActivation = (width: number): HeadActivation => (width === 1 ? "sigmoid" : "softmax");

function toDistribution(row: Float64Array): void {
  const smallest = 1e-7;
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum += row[k] = Math.max(smallest, row[k]);
  for (let k = 0; k < row.length; k++) row[k] /= sum;
}
