import { beforeAll, expect, it } from "vitest";
import type { ImageShape } from "../../src/dataset/types.ts";
import type { Engine } from "../../src/engine/types.ts";
import { buildModel } from "../../src/model/build.ts";
import { defaultMaskRecipe, encoderDecoder } from "../../src/model/encoder-decoder.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import { openTested } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openTested();
});

const shapes: ImageShape[] = [
  { height: 32, width: 32, channels: 3 },
  { height: 128, width: 96, channels: 1 },
  { height: 50, width: 70, channels: 3 },
  { height: 33, width: 32, channels: 3 },
  { height: 8, width: 8, channels: 1 },
];

it.each(shapes)("fits $height x $width: it reads back as it is, and has as many parameters as it says", (shape) => {
  for (const most of [1, 5_000, 40_000, 1e9]) {
    const { architecture, parameters } = encoderDecoder(shape, 4, { most });
    const recipe = { ...defaultMaskRecipe(shape, 4, 100), architecture };
    const { compile, fit, input } = recipe;
    const context = { file: "recipe.json", classes: 4, imageShape: shape, task: "segmentation" as const };
    expect(readRecipe(structuredClone({ architecture, compile, fit, input }), context)).toEqual(recipe);
    const model = buildModel(engine, recipe, 1);
    expect(model.parameters).toBe(parameters);
    expect(model.width).toBe(4);
    model.dispose();
    const narrowest = encoderDecoder(shape, 4, { most: 0 }).parameters;
    expect(parameters).toBeLessThanOrEqual(Math.max(most, narrowest));
  }
});

it("uses what it may: a wider network where there is room", () => {
  const [shape] = shapes;
  const counts = [3_000, 30_000, 300_000].map((most) => encoderDecoder(shape, 2, { most }).parameters);
  expect(counts[1]).toBeGreaterThan(2 * counts[0]);
  expect(counts[2]).toBeGreaterThan(2 * counts[1]);
});
