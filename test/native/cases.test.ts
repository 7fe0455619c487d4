import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { correctAveragePooling } from "../../src/engine/average-pooling.ts";
import { others, windows } from "../engine/cases.ts";
import { largestDifference } from "../engine/gradients.ts";
import { openNative } from "./recipe.ts";

/** Relative to the largest gradient, where that is above 1. */
const TOLERANCE = 1e-4;

beforeAll(async () => {
  await openNative();
  correctAveragePooling(tf); // the reference's own gradient is wrong at the border
});

/** The portable engine's whole suite, but for padding in pixels: tfjs-node refuses it, and no layer asks for it. */
for (const [group, all] of [
  ["convolutions and pooling", windows],
  ["everything else that layers use", others],
] as const)
  it(`gradients of ${group} agree with the plain reference backend`, async () => {
    const before = tf.memory().numTensors;
    const wrong: string[] = [];
    for (const check of all()) {
      if (check.name.includes(", 1, image")) continue;
      const difference = await largestDifference(check, "tensorflow").catch((error: Error) => error.message);
      if (!(Number(difference) <= TOLERANCE)) wrong.push(`${check.name}: ${difference}`);
    }
    expect(wrong).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
  });
