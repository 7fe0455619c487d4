import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/types.ts";
import { train } from "../../src/model/train.ts";
import type { Recipe, TrainedModel } from "../../src/model/types.ts";
import { smallRecipe, stripes } from "../model/data.ts";
import { tryWebgpu } from "./adapter.ts";

const { engine, reason } = await tryWebgpu();

const data = stripes(64, 3);
const recipe: Recipe = smallRecipe({
  architecture: [
    { conv2d: { filters: 4, kernelSize: 3, activation: "relu", padding: "same" } },
    { batchNormalization: {} },
    { maxPooling2d: { poolSize: 2 } },
    {
      conv2d: { filters: 8, kernelSize: 3, kernelRegularizer: { className: "L1L2", config: { l1: 0, l2: 1e-3 } } },
    },
    { activation: { activation: "relu" } },
    { dropout: { rate: 0.2 } },
    { flatten: {} },
    { dense: { units: 3, activation: "softmax" } },
  ],
  fit: { epochs: 3, batchSize: 16 },
});

const weightsOf = async (model: TrainedModel): Promise<Float32Array> =>
  new Float32Array((await model.save()).slice(-4 * model.summary.parameters).buffer);

describe.skipIf(!engine)(`training on webgpu ${reason ?? ""}`, () => {
  const onGpu = () => train(engine!, recipe, data, { seed: 7, classes: 3, validation: stripes(30, 3, 12, 1, 2) });

  it("gives what the plain reference backend gives", async () => {
    await tf.setBackend("webgpu");
    const model = await onGpu();
    const actual = { weights: await weightsOf(model), probabilities: await model.predict(data.pixels) };
    model.dispose();

    await tf.setBackend("cpu");
    // The reference gives values at once, and steps by tfjs' own optimizer as webgpu does.
    const reference: Engine = { ...engine!, synchronous: true };
    const plain = await train(reference, recipe, data, { seed: 7, classes: 3 });
    const expected = { weights: await weightsOf(plain), probabilities: await plain.predict(data.pixels) };
    expect(plain.summary.steps).toBe(model.summary.steps);
    plain.summary.curve.forEach(({ loss }, i) => void expect(model.summary.curve[i].loss).toBeCloseTo(loss, 4));
    for (const part of ["weights", "probabilities"] as const)
      expected[part].forEach((value, i) => void expect(Math.abs(actual[part][i] - value)).toBeLessThan(2e-3));
    plain.dispose();
    await tf.setBackend("webgpu");
  });

  it("gives the same bits twice, and keeps no tensor", async () => {
    const before = tf.memory().numTensors;
    const [first, second] = [await onGpu(), await onGpu()];
    expect(await weightsOf(first)).toEqual(await weightsOf(second));
    first.dispose();
    second.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("does not mix up two trainings that take turns", async () => {
    const alone = await onGpu();
    const both = await Promise.all([onGpu(), onGpu()]);
    for (const model of both) expect(await weightsOf(model)).toEqual(await weightsOf(alone));
    for (const model of [alone, ...both]) model.dispose();
  });
});
