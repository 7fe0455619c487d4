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
