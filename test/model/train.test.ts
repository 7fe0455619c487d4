import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/types.ts";
import { loadModel } from "../../src/model/load.ts";
import { train } from "../../src/model/train.ts";
import type { LabelledImages, Recipe, TrainingOptions } from "../../src/model/types.ts";
import { openTested } from "../support/engine.ts";
import { missing, mnist, smallRecipe, stripes } from "./data.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openTested();
});

const data = stripes(96, 3);
const run = (recipe: Recipe, options: Partial<TrainingOptions> = {}, images: LabelledImages = data) =>
  train(engine, recipe, images, { seed: 7, classes: 3, ...options });

const accuracy = (probabilities: Float32Array, labels: Int32Array, classes: number): number =>
  labels.filter((label, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row)) === label;
  }).length / labels.length;

describe("training", () => {
  it("learns, and reports what it did", async () => {
    const validation = stripes(30, 3, 12, 1, 2);
    const model = await run(smallRecipe(), { validation });
    expect(model.summary).toMatchObject({ steps: 24, diverged: false, parameters: 4 * 10 + 3 * 101 });
    expect(model.summary.curve.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(model.summary.curve[3].loss).toBeLessThan(model.summary.curve[0].loss);
    expect(model.summary.curve[3].validationAccuracy).toBeGreaterThan(0.9);
    expect(accuracy(await model.predict(validation.pixels), validation.labels, 3)).toBeGreaterThan(0.9);
    const { values, width } = await model.features(validation.pixels);
    expect(width).toBe(100);
    expect(values.length).toBe(3000);
    model.dispose();
  });

  it("gives the same weights twice, bit for bit, with dropout and augmentation", async () => {
    const base = smallRecipe();
    const recipe = smallRecipe({
      architecture: [...base.architecture.slice(0, 3), { dropout: { rate: 0.3 } }, ...base.architecture.slice(3)],
      fit: { ...base.fit, augmentation: { rotation: 10, shift: 0.1, brightness: 0.1 } },
    });
    const [first, second, other] = [await run(recipe), await run(recipe), await run(recipe, { seed: 8 })];
    const weights = async (model: typeof first) => (await model.save()).slice(-4 * model.summary.parameters);
    expect(await weights(first)).toEqual(await weights(second));
    expect(await weights(first)).not.toEqual(await weights(other));
    for (const model of [first, second, other]) model.dispose();
  });

  it("trains for exactly the steps that are asked for", async () => {
    for (const steps of [1, 6, 7, 20]) {
      const model = await run(smallRecipe({ fit: { epochs: 1, batchSize: 16 } }), { steps });
      expect(model.summary.steps).toBe(steps);
      expect(model.summary.curve.length).toBe(Math.ceil(steps / 6));
      model.dispose();
    }
  });

  it("leaves out the last small batch where the recipe says so", async () => {
    const fit = { epochs: 1, batchSize: 40 };
    const all = await run(smallRecipe({ fit }));
    const dropped = await run(smallRecipe({ fit: { ...fit, dropRemainder: true } }));
    expect([all.summary.steps, dropped.summary.steps]).toEqual([3, 2]);
    all.dispose();
    dropped.dispose();
  });

  it("keeps no tensor over many steps, and none after dispose", async () => {
    const before = engine.tf.memory();
    const tensors: number[] = [];
    const recipe = smallRecipe({
      architecture: [
        {
          conv2d: { filters: 4, kernelSize: 3, kernelRegularizer: { className: "L1L2", config: { l1: 0, l2: 1e-3 } } },
        },
        { batchNormalization: {} },
        { activation: { activation: "relu" } },
        { averagePooling2d: { poolSize: 2 } },
        { dropout: { rate: 0.2 } },
        { flatten: {} },
        { dense: { units: 3, activation: "softmax" } },
      ],
      fit: { epochs: 200, batchSize: 16 },
    });
    const model = await run(recipe, { onEpoch: () => void tensors.push(engine.tf.memory().numTensors) });
    expect(model.summary.steps).toBe(1200);
    expect(new Set(tensors).size).toBe(1);
    model.dispose();
    expect(engine.tf.memory().numTensors).toBe(before.numTensors);
    expect(engine.tf.memory().numBytes).toBe(before.numBytes);
  });

  it("stops early and goes back to the best weights", async () => {
    const validation = { ...stripes(30, 3, 12, 1, 2), labels: Int32Array.from({ length: 30 }, (_, i) => (i + 1) % 3) };
    const fit = { epochs: 50, batchSize: 16, earlyStopping: { patience: 2 } };
    const model = await run(smallRecipe({ fit }), { validation });
    const losses = model.summary.curve.map(({ validationLoss }) => validationLoss!);
    expect(losses.length).toBeLessThan(10);
    const probabilities = await model.predict(validation.pixels);
    const loss = validation.labels.reduce((sum, label, i) => sum - Math.log(probabilities[3 * i + label]), 0) / 30;
    expect(loss).toBeCloseTo(Math.min(...losses), 3);
    model.dispose();
  });

  it("stops where the loss is no longer finite, with finite weights", async () => {
    const compile = { optimizer: { name: "sgd", learningRate: 1e6 }, loss: "meanSquaredError" };
    const base = smallRecipe();
    const architecture = [...base.architecture.slice(0, 3), { dense: { units: 3 } }];
    const model = await run(smallRecipe({ architecture, compile, fit: { epochs: 30, batchSize: 16 } }));
    expect(model.summary.diverged).toBe(true);
    expect(model.summary.steps).toBeLessThan(180);
    const block = (await model.save()).slice(-4 * model.summary.parameters);
    expect(new Float32Array(block.buffer).every(Number.isFinite)).toBe(true);
    model.dispose();
  });

  it("weighs classes by their inverse frequency", async () => {
    const labels = data.labels.map((label, i) => (i < 80 ? 0 : label));
    const rare = { ...data, labels, pixels: stripes(96, 3).pixels.map((value) => value >> 3) };
    const fit = { epochs: 3, batchSize: 16 };
    const recall = async (classWeight?: "balanced") => {
      const model = await run(smallRecipe({ fit: { ...fit, classWeight } }), {}, rare);
      const probabilities = await model.predict(rare.pixels);
      model.dispose();
      return labels.reduce((sum, label, i) => sum + (label > 0 ? probabilities[3 * i + label] : 0), 0);
    };
    expect(await recall("balanced")).toBeGreaterThan(1.5 * (await recall()));
  });

  it("is stopped by its signal", async () => {
    const controller = new AbortController();
    const onEpoch = () => controller.abort();
    await expect(run(smallRecipe(), { signal: controller.signal, onEpoch })).rejects.toThrow(/abort/i);
  });

  it("is loaded again with the same answers", async () => {
    const model = await run(smallRecipe());
    const again = await loadModel(engine, await model.save());
    expect(await again.predict(data.pixels)).toEqual(await model.predict(data.pixels));
    await expect(loadModel(engine, new Uint8Array(100), "model.bin")).rejects.toThrow(/model\.bin/);
    model.dispose();
    again.dispose();
  });

  it("refuses images of another size, naming both", async () => {
    await expect(run(smallRecipe(), {}, stripes(6, 3, 15))).rejects.toThrow(/12 x 12.*15 x 15/);
  });
});

it.skipIf(missing("mnist/train-images-idx3-ubyte.gz"))("reads digits after one pass over 3,000", async () => {
  const recipe = smallRecipe({
    architecture: [
      { conv2d: { filters: 16, kernelSize: 3, activation: "relu" } },
      { maxPooling2d: { poolSize: 2 } },
      { conv2d: { filters: 32, kernelSize: 3, activation: "relu" } },
      { maxPooling2d: { poolSize: 2 } },
      { flatten: {} },
      { dense: { units: 64, activation: "relu" } },
      { dense: { units: 10, activation: "softmax" } },
    ],
    compile: { optimizer: { name: "adam", learningRate: 0.001 }, loss: "sparseCategoricalCrossentropy" },
    fit: { epochs: 2, batchSize: 32 },
    input: { size: [28, 28], channels: 1, scale: "0..1", order: "rgb" },
  });
  const test = mnist("t10k", 1000);
  const model = await train(engine, recipe, mnist("train", 3000), { seed: 1, classes: 10 });
  expect(accuracy(await model.predict(test.pixels), test.labels, 10)).toBeGreaterThan(0.9);
  model.dispose();
});
