import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { nativeOptimizer } from "../../src/engine/native-kernels/index.ts";
import { OPTIONS, openNative } from "./recipe.ts";

beforeAll(openNative);

const GRADIENTS = [
  [0.5, -1, 0.01],
  [-0.2, 0.3, 0.02],
  [0.9, 0.1, -0.5],
];

/** The weight after three steps from 1, 2 and -1. */
function steps(name: string, options: Partial<typeof OPTIONS>): number[] {
  const variable = tf.variable(tf.tensor1d([1, 2, -1]));
  const optimizer = nativeOptimizer(tf, name, { ...OPTIONS, ...options }, [variable])!;
  for (const gradient of GRADIENTS) tf.tidy(() => optimizer.applyGradients({ [variable.name]: tf.tensor1d(gradient) }));
  const values = Array.from(variable.dataSync());
  optimizer.dispose();
  variable.dispose();
  return values;
}

/** The same by a rule on one number; `memory` starts at zero. */
const expected = (rule: (w: number, g: number, step: number, memory: number[]) => number): number[] =>
  [1, 2, -1].map((start, i) => {
    const memory = [0, 0, 0];
    return GRADIENTS.reduce((w, gradient, step) => rule(w, gradient[i], step + 1, memory), start);
  });

function expectClose(actual: number[], wanted: number[]): void {
  actual.forEach((value, i) => void expect(value).toBeCloseTo(wanted[i], 5));
}

test("sgd, with and without momentum", () => {
  expectClose(
    steps("sgd", { learningRate: 0.1 }),
    expected((w, g) => w - 0.1 * g),
  );
  const heavy = expected((w, g, _, m) => w + (m[0] = 0.9 * m[0] - 0.1 * g));
  expectClose(steps("sgd", { learningRate: 0.1, momentum: 0.9 }), heavy);
  const nesterov = expected((w, g, _, m) => w + 0.9 * (m[0] = 0.9 * m[0] - 0.1 * g) - 0.1 * g);
  expectClose(steps("sgd", { learningRate: 0.1, momentum: 0.9, nesterov: true }), nesterov);
});

test("adam and adamax", () => {
  const adam = expected((w, g, step, m) => {
    m[0] = 0.9 * m[0] + 0.1 * g;
    m[1] = 0.999 * m[1] + 0.001 * g * g;
    return w - (0.1 * (m[0] / (1 - 0.9 ** step))) / (Math.sqrt(m[1] / (1 - 0.999 ** step)) + 1e-7);
  });
  expectClose(steps("adam", { learningRate: 0.1 }), adam);
  const adamax = expected((w, g, step, m) => {
    m[0] = 0.9 * m[0] + 0.1 * g;
    m[1] = Math.max(0.999 * m[1], Math.abs(g));
    return w - ((0.1 / (1 - 0.9 ** step)) * m[0]) / (m[1] + 1e-7);
  });
  expectClose(steps("adamax", { learningRate: 0.1 }), adamax);
});

test("rmsprop, adagrad and adadelta", () => {
  const rmsprop = expected((w, g, _, m) => w - (0.1 * g) / Math.sqrt((m[0] = 0.9 * m[0] + 0.1 * g * g) + 1e-7));
  expectClose(steps("rmsprop", { learningRate: 0.1 }), rmsprop);
  const centered = expected((w, g, _, m) => {
    m[0] = 0.9 * m[0] + 0.1 * g * g;
    m[1] = 0.9 * m[1] + 0.1 * g;
    return w - (0.1 * g) / Math.sqrt(m[0] - m[1] ** 2 + 1e-7);
  });
  expectClose(steps("rmsprop", { learningRate: 0.1, centered: true }), centered);
  const adagrad = expected((w, g, _, m) => w - (0.1 * g) / (Math.sqrt((m[0] += g * g) + 0.1) + 1e-7));
  expectClose(steps("adagrad", { learningRate: 0.1 }), adagrad);
  const adadelta = expected((w, g, _, m) => {
    m[0] = 0.9 * m[0] + 0.1 * g * g;
    const change = (Math.sqrt(m[1] + 1e-7) / Math.sqrt(m[0] + 1e-7)) * g;
    m[1] = 0.9 * m[1] + 0.1 * change * change;
    return w - 0.1 * change;
  });
  expectClose(steps("adadelta", { learningRate: 0.1 }), adadelta);
});

test("takes up weights that were assigned between steps, and leaves copies alone", () => {
  const variable = tf.variable(tf.tensor1d([1, 1]));
  const optimizer = nativeOptimizer(tf, "sgd", { ...OPTIONS, learningRate: 1 }, [variable])!;
  const step = () => optimizer.applyGradients({ [variable.name]: tf.tensor1d([1, 2]) });
  step();
  const copy = variable.clone();
  variable.assign(tf.tensor1d([5, 5]));
  step();
  expect(Array.from(variable.dataSync())).toEqual([4, 3]);
  expect(Array.from(copy.dataSync())).toEqual([0, -1]);
  optimizer.dispose();
});
