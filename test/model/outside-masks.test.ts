import type { layers as TfLayers } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/types.ts";
import { channelsLast, maskLayoutOf } from "../../src/model/mask-output.ts";
import { openModel } from "../../src/model/open-model.ts";
import { memoryFiles } from "../dataset/fixtures.ts";
import { openTested } from "../support/engine.ts";
import { savedFiles } from "../support/saved-model.ts";

const SIDE = 6;
const imageShape = { height: SIDE, width: SIDE, channels: 1 as const };
const pixels = Uint8Array.from({ length: 2 * SIDE * SIDE }, (_, i) => (i * 37) % 256);

describe("a saved model of masks", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openTested();
  });
  type Layer = ReturnType<(typeof TfLayers)["conv2d"]>;

  /** Saves a network, and gives what it answers itself. */
  async function saved(make: (layers: Engine["layers"]["layers"]) => Layer[]) {
    const { tf, layers } = engine;
    const net = layers.sequential({ layers: make(layers.layers) });
    const files = Object.fromEntries(
      Object.entries(await savedFiles(net)).map(([name, bytes]) => [`net/${name}`, bytes]),
    );
    const answer = tf.tidy(() => {
      const x = tf.div(tf.tensor4d(Float32Array.from(pixels), [2, SIDE, SIDE, 1]), 255);
      return (net.predict(x) as typeof x).dataSync();
    });
    net.dispose();
    return { files, answer };
  }
  const first = { inputShape: [SIDE, SIDE, 1] as number[], kernelSize: 3, padding: "same" as const };
  const open = (files: Record<string, Uint8Array>, options: object = {}) =>
    openModel(engine, memoryFiles(files), "net", { classes: 3, imageShape, masks: true, ...options });

  it("gives a distribution over the classes for every pixel", async () => {
    const { files, answer } = await saved((layers) => [
      layers.conv2d({ ...first, filters: 4, activation: "relu" }),
      layers.conv2d({ filters: 3, kernelSize: 1, activation: "softmax" }),
    ]);
    const model = await open(files);
    const probabilities = await model.predict(pixels);
    expect(probabilities).toHaveLength(2 * SIDE * SIDE * 3);
    answer.forEach((value, i) => void expect(probabilities[i]).toBeCloseTo(value, 5));
    expect((await model.features!(pixels)).width).toBe(SIDE * SIDE * 4);
    model.dispose();
  });

  it("may give one channel, the second of two classes", async () => {
    const { files, answer } = await saved((layers) => [layers.conv2d({ ...first, filters: 1, activation: "sigmoid" })]);
    const model = await open(files, { classes: 2 });
    const probabilities = await model.predict(pixels);
    answer.forEach((value, i) => {
      expect(probabilities[2 * i]).toBeCloseTo(1 - value, 5);
      expect(probabilities[2 * i + 1]).toBeCloseTo(value, 5);
    });
    model.dispose();
    await expect(open(files)).rejects.toThrow(/net\/model\.json: The model gives 1 value for each pixel.*3 classes/);
  });

  it("is refused where its output is no mask, or of another size, or of other classes", async () => {
    const before = engine.tf.memory().numTensors;
    const vector = await saved((layers) => [
      layers.conv2d({ ...first, filters: 2 }),
      layers.flatten() as unknown as Layer,
      layers.dense({ units: 3, activation: "softmax" }) as unknown as Layer,
    ]);
    await expect(open(vector.files)).rejects.toThrow(/gives \[3\] for an image of 6 x 6.*\[6, 6, 3\].*classification/);
    const small = await saved((layers) => [layers.conv2d({ ...first, filters: 3, strides: 2 })]);
    await expect(open(small.files)).rejects.toThrow(/gives \[3, 3, 3\] for an image of 6 x 6 pixels: that is no mask/);
    const more = await saved((layers) => [layers.conv2d({ ...first, filters: 5 })]);
    await expect(open(more.files)).rejects.toThrow(/gives 5 values for each pixel, the data has 3 classes/);
    expect(engine.tf.memory().numTensors).toBe(before);
  });
});

describe("the layout of masks", () => {
  const of = (dimensions: number[], classes = 3, order: "NHWC" | "NCHW" = "NHWC", shape: object = {}) =>
    maskLayoutOf(dimensions, order, { classes, imageShape: { ...imageShape, ...shape } }, "net.onnx");

  it("has its channels last or first, or none of two classes", () => {
    expect(of([1, 6, 6, 3])).toEqual({ order: "NHWC", channels: 3 });
    expect(of([1, 3, 6, 6])).toEqual({ order: "NCHW", channels: 3 });
    expect(of([1, 1, 6, 6], 2)).toEqual({ order: "NCHW", channels: 1 });
    expect(of([1, 6, 6], 2)).toEqual({ order: "NHWC", channels: 1 });
    const square = { height: 3, width: 3 };
    expect(of([1, 3, 3, 3], 3, "NCHW", square).order).toBe("NCHW");
    expect(of([1, 3, 3, 3], 3, "NHWC", square).order).toBe("NHWC");
  });

  it("is turned so that a pixel's channels lie together", () => {
    const given = Float32Array.from([1, 2, 3, 4, 10, 20, 30, 40, 5, 6, 7, 8, 50, 60, 70, 80]);
    const turned = channelsLast(given, { order: "NCHW", channels: 2 }, 4);
    expect([...turned]).toEqual([1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60, 7, 70, 8, 80]);
  });
});
