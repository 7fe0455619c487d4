import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/types.ts";
import { LAYERS } from "../../src/model/layer-catalogue.ts";
import { LOSSES } from "../../src/model/losses.ts";
import { OPTIMIZERS } from "../../src/model/optimizer.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import { train } from "../../src/model/train.ts";
import { openTested } from "../support/engine.ts";
import { stripes } from "./data.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openTested();
});

const data = stripes(48, 3, 12, 3);
const context = { file: "recipe.json", classes: 3, imageShape: data.shape };
const conv = { conv2d: { filters: 6, kernelSize: 3 } };

/** Trains a network for some steps; gives the first and the last loss. */
async function losses(layers: object[], compile: object = { optimizer: { name: "adam", learningRate: 0.01 } }) {
  const fit = { epochs: 12, batchSize: 16 };
  const recipe = readRecipe({ architecture: layers, compile, fit }, context);
  const before = engine.tf.memory().numTensors;
  const model = await train(engine, recipe, data, { seed: 3, classes: 3 });
  const { curve, diverged } = model.summary;
  const probabilities = await model.predict(data.pixels);
  for (let i = 0; i < probabilities.length; i += 3)
    expect(probabilities[i] + probabilities[i + 1] + probabilities[i + 2]).toBeCloseTo(1, 4);
  model.dispose();
  expect(diverged).toBe(false);
  expect(engine.tf.memory().numTensors).toBe(before);
  return { first: curve[0].loss, last: curve.at(-1)!.loss, accuracy: curve.at(-1)!.accuracy };
}

/** One of each kind, in the middle of a small network. */
const middles: Record<string, object> = {
  conv2d: { filters: 4, kernelSize: 3, strides: 2, padding: "same", activation: "relu" },
  conv2dTranspose: { filters: 4, kernelSize: 3, strides: 2, padding: "same" },
  depthwiseConv2d: { kernelSize: 3, depthMultiplier: 2 },
  separableConv2d: { filters: 4, kernelSize: 3, activation: "relu" },
  maxPooling2d: { poolSize: 2 },
  averagePooling2d: { poolSize: 3, strides: 2, padding: "same" },
  globalMaxPooling2d: {},
  globalAveragePooling2d: {},
  upSampling2d: { size: 2 },
  zeroPadding2d: {
    padding: [
      [1, 0],
      [0, 1],
    ],
  },
  reshape: { targetShape: [5, 20, 6] },
  flatten: {},
  dense: { units: 5, activation: "tanh" },
  dropout: { rate: 0.2 },
  spatialDropout2d: { rate: 0.2 },
  batchNormalization: {},
  layerNormalization: {},
  activation: { activation: "gelu" },
  reLU: { maxValue: 6 },
  leakyReLU: { alpha: 0.1 },
  elu: {},
  prelu: {},
  softmax: {},
};

describe("every layer trains", () => {
  it("none is left out here", () => {
    // Those that join branches belong to masks: segmentation.test.ts.
    const plain = Object.keys(LAYERS).filter((name) => !("with" in LAYERS[name].fields));
    expect(Object.keys(middles).sort()).toEqual(plain.sort());
  });

  it.each(Object.keys(middles))("%s", async (name) => {
    const end = /flatten|global/.test(name) ? [] : [{ flatten: {} }];
    const { first, last } = await losses([
      conv,
      { [name]: middles[name] },
      ...end,
      { dense: { units: 3, activation: "softmax" } },
    ]);
    expect(last).toBeLessThan(first);
  });

  it.each(["relu6", "selu", "hardSigmoid", "softplus", "softsign", "swish", "mish"])(
    "activation %s",
    async (activation) => {
      const { first, last } = await losses([
        { conv2d: { filters: 6, kernelSize: 3, activation } },
        { flatten: {} },
        { dense: { units: 3, activation: "softmax" } },
      ]);
      expect(last).toBeLessThan(first);
    },
  );
});

describe("every optimizer trains", () => {
  const head = [conv, { flatten: {} }, { dense: { units: 3, activation: "softmax" } }];
  const rates: Record<string, object> = {
    sgd: { learningRate: 0.1 },
    adagrad: { learningRate: 0.05 },
    adadelta: { learningRate: 1 },
  };
  it.each(Object.keys(OPTIMIZERS))("%s", async (name) => {
    const { first, last } = await losses(head, { optimizer: { name, learningRate: 0.01, ...rates[name] } });
    expect(last).toBeLessThan(0.9 * first);
  });
  it.each([{ momentum: 0.9 }, { momentum: 0.9, nesterov: true }, { clipNorm: 1 }, { clipValue: 0.1 }])(
    "sgd %o",
    async (options) => {
      const { first, last } = await losses(head, { optimizer: { name: "sgd", learningRate: 0.05, ...options } });
      expect(last).toBeLessThan(0.9 * first);
    },
  );
});

it.each(LOSSES)("the loss %s teaches", async (loss) => {
  const activation = /inge/.test(loss) ? "linear" : "softmax";
  const head = [conv, { flatten: {} }, { dense: { units: 3, activation } }];
  const { accuracy } = await losses(head, { loss, optimizer: { name: "adam", learningRate: 0.02 } });
  expect(accuracy).toBeGreaterThan(0.8);
});

it("gives different masks at each step of a seeded dropout", async () => {
  const recipe = readRecipe(
    { architecture: [{ flatten: {} }, { dropout: { rate: 0.5, seed: 1 } }, { dense: { units: 3 } }] },
    context,
  );
  const { buildModel } = await import("../../src/model/build.ts");
  const model = buildModel(engine, recipe, 1);
  const { tf } = engine;
  const [first, second, still] = tf.tidy(() => {
    const x = tf.ones([2, 12, 12, 3]);
    const masked = () => model.layers[1].call(model.layers[0].call(x, {}), { training: true }) as typeof x;
    const still = model.layers[1].call(x, {}) as typeof x;
    return [masked(), masked(), still].map((tensor) => tensor.dataSync() as Float32Array);
  });
  expect(first).not.toEqual(second);
  expect(new Set(first)).toEqual(new Set([0, 2]));
  expect(first.reduce((sum, value) => sum + value, 0) / first.length).toBeCloseTo(1, 0);
  expect(new Set(still)).toEqual(new Set([1]));
  model.dispose();
});
