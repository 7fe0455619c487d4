import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { openNative } from "./recipe.ts";

beforeAll(openNative);

type Function = (...tensors: tf.Tensor[]) => tf.Tensor;

/** Rounded to eighths where `ties`, so that pooling windows have several largest values. */
function fixed(shape: number[], seed: number, ties: boolean): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const value = (i: number) => Math.sin(12.9898 * (i + 1) + 78.233 * seed);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => (ties ? Math.round(2 * value(i)) / 2 : value(i))),
    shape,
  );
}

async function gradientsOn(backend: string, shapes: number[][], run: Function, ties: boolean): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const inputs = shapes.map((shape, i) => fixed(shape, i + 1, ties));
  const output = run(...inputs);
  return tf
    .grads(run)(inputs, fixed(output.shape, 9, false))
    .map((tensor) => tensor.dataSync() as Float32Array);
}

async function expectAgreement(shapes: number[][], run: Function, ties = false): Promise<void> {
  const expected = await gradientsOn("cpu", shapes, run, ties);
  const actual = await gradientsOn("tensorflow", shapes, run, ties);
  expected.forEach((values, i) => {
    expect(actual[i].length).toBe(values.length);
    for (let k = 0; k < values.length; k++) expect(Math.abs(values[k] - actual[i][k])).toBeLessThan(2e-4);
  });
}

const x4 = (x: tf.Tensor) => x as tf.Tensor4D;

for (const pad of ["valid", "same"] as const)
  for (const size of [2, 3])
    for (const strides of [1, 2, 3])
      test(`max pooling ${size} ${pad} stride ${strides}`, async () => {
        await expectAgreement([[2, 9, 8, 5]], (x) => tf.maxPool(x4(x), size, strides, pad));
      });

test("max pooling after relu, all zeros in many windows", async () => {
  const pooled = (x: tf.Tensor) => tf.maxPool(x4(tf.relu(x)), 2, 2, "valid");
  await expectAgreement([[2, 8, 8, 5]], pooled);
});

test("max pooling gives a tie to the first of its pixels", async () => {
  await expectAgreement([[2, 8, 8, 5]], (x) => tf.maxPool(x4(x), 2, 2, "valid"), true);
});

for (const strides of [1, 2])
  for (const pad of ["valid", "same"] as const)
    test(`convolutions ${pad} stride ${strides}`, async () => {
      await expectAgreement(
        [
          [2, 9, 8, 3],
          [3, 3, 3, 4],
        ],
        (x, w) => tf.conv2d(x4(x), x4(w), strides, pad),
      );
      await expectAgreement(
        [
          [2, 9, 8, 3],
          [3, 3, 3, 2],
        ],
        (x, w) => tf.depthwiseConv2d(x4(x), x4(w), strides, pad),
      );
    });

const ACTIVATIONS: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  elu: (x) => tf.elu(x),
  leakyRelu: (x) => tf.leakyRelu(x),
  selu: (x) => tf.selu(x),
  sigmoid: (x) => tf.sigmoid(x),
  softplus: (x) => tf.softplus(x),
  tanh: (x) => tf.tanh(x),
};

for (const [name, activation] of Object.entries(ACTIVATIONS))
  test(`activation ${name}`, () => expectAgreement([[3, 7]], (x) => activation(tf.mul(x, 8))));

test("bias, batch normalisation, average pooling and softmax", async () => {
  await expectAgreement([[2, 6, 6, 4], [4]], (x, b) => tf.relu(tf.add(x, b)));
  await expectAgreement([[2, 6, 6, 4], [4], [4]], (x, offset, scale) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const [m, v, b, s] = [mean, variance, offset, scale] as tf.Tensor1D[];
    return tf.batchNorm(x4(x), m, v, b, s);
  });
  await expectAgreement([[2, 6, 6, 4]], (x) => tf.avgPool(x4(x), 2, 2, "same"));
  await expectAgreement([[3, 7]], (x) => tf.logSoftmax(x));
});

for (const activation of ["linear", "relu", "relu6", "elu"] as const)
  for (const strides of [1, 2])
    test(`convolution with bias and ${activation}, stride ${strides}`, async () => {
      const run: Function = (x, filter, bias) =>
        tf.fused.conv2d({ x: x4(tf.mul(x, 4)), filter: x4(filter), bias, strides, pad: "same", activation });
      await expectAgreement([[2, 9, 8, 3], [3, 3, 3, 4], [4]], run);
      await expectAgreement([[2, 9, 8, 3], [1, 1, 3, 4], [4]], run);
    });

for (const activation of ["linear", "relu", "relu6", "elu"] as const)
  for (const [transposeA, transposeB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])
    test(`dense layer with ${activation}${transposeA ? ", input turned" : ""}${transposeB ? ", weights turned" : ""}`, async () => {
      const run: Function = (a, b, bias) =>
        tf.fused.matMul({
          a: tf.mul(a, 4) as tf.Tensor2D,
          b: b as tf.Tensor2D,
          transposeA,
          transposeB,
          bias,
          activation,
        });
      await expectAgreement([transposeA ? [7, 5] : [5, 7], transposeB ? [3, 7] : [7, 3], [3]], run);
    });
