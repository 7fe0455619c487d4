import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openEngine } from "../../src/engine/open.ts";
import { others, windows } from "./cases.ts";
import { largestDifference } from "./gradients.ts";

/** Relative to the largest gradient, where that is above 1. */
const TOLERANCE = 2e-5;
describe("gradients on wasm agree with the plain reference backend", () => {
  beforeAll(async () => void (await openEngine("wasm")));

  for (const [group, all] of [
    ["convolutions and pooling", windows],
    ["everything else that layers use", others],
  ] as const)
    it(group, async () => {
      const before = tf.memory().numTensors;
      const wrong: string[] = [];
      for (const check of all()) {
        const difference = await largestDifference(check, "wasm");
        if (difference > TOLERANCE) wrong.push(`${check.name}: ${difference}`);
      }
      expect(wrong).toEqual([]);
      expect(tf.memory().numTensors).toBe(before);
    });

  it("average pooling over the border: the gradient is the slope, by one pixel after the other", async () => {
    await tf.setBackend("wasm");
    const [height, width] = [4, 5];
    for (const [size, stride] of [
      [2, 1],
      [3, 2],
      [3, 1],
    ]) {
      const pool = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, size, stride, "same");
      const weights = tf.sin(tf.range(0, pool(tf.zeros([1, height, width, 1])).size));
      const weighted = (x: tf.Tensor) => tf.sum(tf.mul(tf.reshape(pool(x), [-1]), weights));
      const gradient = tf
        .grad(weighted)(tf.zeros([1, height, width, 1]))
        .dataSync();
      for (let pixel = 0; pixel < height * width; pixel++) {
        const one = Float32Array.from({ length: height * width }, (_, i) => (i === pixel ? 1 : 0));
        // Pooling is linear: its answer to one pixel is the slope by that pixel.
        expect(gradient[pixel]).toBeCloseTo(weighted(tf.tensor4d(one, [1, height, width, 1])).dataSync()[0], 5);
      }
    }
  });

  it("up-sampling of a batch: each place collects the four gradients that were copied from it", async () => {
    await tf.setBackend("wasm");
    const largest = tf.tidy(() => {
      const gradient = tf.randomNormal<tf.Rank.R4>([2, 8, 8, 3], 0, 1, "float32", 3);
      const actual = tf.grad((x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [8, 8]))(
        tf.zeros([2, 4, 4, 3]),
        gradient,
      );
      return tf.max(tf.abs(tf.sub(actual, tf.mul(4, tf.avgPool(gradient, 2, 2, "valid"))))).dataSync()[0];
    });
    expect(largest).toBeLessThan(TOLERANCE);
  });
});
