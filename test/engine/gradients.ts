import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";

/** A function of tensors, and the shapes of its arguments. */
export interface GradientCase {
  name: string;
  shapes: number[][];
  run: (...arguments_: tf.Tensor[]) => tf.Tensor;
}

/** Gradients by every argument, for inputs and an output gradient that depend on the shapes only. */
async function gradientsOn(backend: string, { shapes, run }: GradientCase): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const tensors = tf.tidy(() => {
    const inputs = shapes.map((shape, i) => fixed(shape, i + 1));
    const output = run(...inputs);
    return tf.grads(run)(inputs, fixed(output.shape, 9));
  });
  const values = await Promise.all(tensors.map(async (tensor) => (await tensor.data()) as Float32Array));
  for (const tensor of tensors) tensor.dispose();
  return values;
}

/** Numbers in [-1, 1) without ties, so that max pooling has one answer. */
function fixed(shape: number[], seed: number): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed) % 1);
  return tf.tensor(values, shape);
}

/** The largest difference between the gradients on a backend and on the plain reference backend, relative to those above 1. */
export async function largestDifference(check: GradientCase, backend: string): Promise<number> {
  const expected = await gradientsOn("cpu", check);
  const actual = await gradientsOn(backend, check);
  let largest = 0;
  expected.forEach((values, i) => {
    if (values.length !== actual[i].length) largest = Number.POSITIVE_INFINITY;
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    values.forEach((value, k) => {
      const difference = Math.abs(value - actual[i][k]) / scale;
      largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
    });
  });
  return largest;
}
