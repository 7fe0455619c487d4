import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { others, windows } from "../engine/cases.ts";
import { largestDifference } from "../engine/gradients.ts";
import { tryWebgpu } from "./adapter.ts";

/** Relative to the largest gradient, where that is above 1. */
const TOLERANCE = 1e-4;

const { engine, reason } = await tryWebgpu();

describe.skipIf(!engine)(`gradients on webgpu agree with the plain reference backend ${reason ?? ""}`, () => {
  for (const [group, all] of [
    ["convolutions and pooling", windows],
    ["everything else that layers use", others],
  ] as const)
    it(group, async () => {
      const before = tf.memory().numTensors;
      const wrong: string[] = [];
      for (const check of all()) {
        const difference = await largestDifference(check, "webgpu");
        if (difference > TOLERANCE) wrong.push(`${check.name}: ${difference}`);
      }
      expect(wrong).toEqual([]);
      expect(tf.memory().numTensors).toBe(before);
    });
});
