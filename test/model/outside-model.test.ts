import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/types.ts";
import { openOnnx } from "../../src/model/onnx.ts";
import { openModel } from "../../src/model/open-model.ts";
import { openTested } from "../support/engine.ts";
import { dataPath, missing, mnist } from "./data.ts";

const imageShape = { height: 28, width: 28, channels: 1 as const };

describe("ONNX", () => {
  it.skipIf(missing("models/mnist.onnx"))("reads 98.4 % of 2,000 digits", async () => {
    const bytes = readFileSync(dataPath("models/mnist.onnx"));
    const options = { classes: 10, imageShape, input: { scale: "0..255" as const } };
    const model = await openOnnx(bytes, "mnist.onnx", options);
    const { pixels, labels } = mnist("t10k", 2000);
    const probabilities = await model.predict(pixels);
    const right = labels.filter((label, i) => {
      const row = probabilities.subarray(10 * i, 10 * i + 10);
      return row.indexOf(Math.max(...row)) === label;
    }).length;
    expect(right / 2000).toBe(0.984);
    expect(probabilities.subarray(0, 10).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    model.dispose();
    await expect(openOnnx(bytes, "mnist.onnx", { ...options, classes: 7 })).rejects.toThrow(/10 outputs.*7 classes/);
    const wide = { ...options, imageShape: { ...imageShape, width: 32 } };
    await expect(openOnnx(bytes, "mnist.onnx", wide)).rejects.toThrow(/mnist\.onnx.*28 x 28.*28 x 32/);
  });

  it("says that a file is no model", async () => {
    const options = { classes: 10, imageShape };
    await expect(openOnnx(new Uint8Array(50), "broken.onnx", options)).rejects.toThrow(/broken\.onnx.*ONNX/);
  });
});

describe("a model that TensorFlow.js saved", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openTested();
  });

  /** Saves a small network as files and gives what it answers itself. */
  async function saved(activation: "softmax" | "linear") {
    const { tf, layers } = engine;
    const net = layers.sequential({
      layers: [
        layers.layers.conv2d({ inputShape: [6, 6, 3], filters: 2, kernelSize: 3 }),
        layers.layers.flatten(),
        layers.layers.dense({ units: 4, activation }),
      ],
    });
    const files = new Map<string, Uint8Array>();
    await net.save({
      save: async ({ modelTopology, weightSpecs, weightData }) => {
        const json = {
          format: "layers-model",
          modelTopology,
          weightsManifest: [{ paths: ["a.bin", "b.bin"], weights: weightSpecs }],
        };
        const bytes = new Uint8Array(weightData as ArrayBuffer);
        files.set("net/model.json", new TextEncoder().encode(JSON.stringify(json)));
        files.set("net/a.bin", bytes.subarray(0, 100));
        files.set("net/b.bin", bytes.subarray(100));
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      },
    });
    const pixels = Uint8Array.from({ length: 5 * 108 }, (_, i) => (i * 37) % 256);
    const answer = tf.tidy(() => {
      const x = tf.div(tf.tensor4d(Float32Array.from(pixels), [5, 6, 6, 3]), 255);
      const output = net.predict(x) as typeof x;
      return (activation === "softmax" ? output : tf.softmax(output)).dataSync();
    });
    net.dispose();
    return { files, pixels, answer };
  }

  const read = (files: Map<string, Uint8Array>) => ({
    async read(key: string) {
      const bytes = files.get(key);
      if (!bytes) throw new Error(`${key} is missing`);
      return bytes;
    },
  });
  const options = { classes: 4, imageShape: { height: 6, width: 6, channels: 3 as const } };

  it.each(["softmax", "linear"] as const)("gives the answers it was saved with (%s)", async (activation) => {
    const { files, pixels, answer } = await saved(activation);
    const before = engine.tf.memory().numTensors;
    const model = await openModel(engine, read(files), "net", options);
    const probabilities = await model.predict(pixels);
    answer.forEach((value, i) => void expect(probabilities[i]).toBeCloseTo(value, 5));
    expect((await model.features!(pixels)).width).toBe(32);
    model.dispose();
    expect(engine.tf.memory().numTensors).toBe(before);
  });

  it("names what does not fit, or is missing", async () => {
    const { files } = await saved("softmax");
    const open = (changes: object, key = "net") => openModel(engine, read(files), key, { ...options, ...changes });
    await expect(open({ classes: 5 })).rejects.toThrow(/net\/model\.json.*4 outputs.*5 classes/);
    await expect(open({ imageShape: { ...options.imageShape, height: 8 } })).rejects.toThrow(/6 x 6.*8 x 6/);
    files.delete("net/b.bin");
    await expect(open({})).rejects.toThrow(/net\/b\.bin is missing.*whole folder/);
  });
});
