import { beforeAll, describe, expect, it } from "vitest";
import { passThrough } from "../../src/causes/layers.ts";
import { mismatchOf } from "../../src/causes/loss-mismatch.ts";
import { parametersOfAll, taskMismatch } from "../../src/causes/task-mismatch.ts";
import type { View } from "../../src/causes/view.ts";
import type { Engine } from "../../src/engine/types.ts";
import { buildModel } from "../../src/model/build.ts";
import { encoderDecoder } from "../../src/model/encoder-decoder.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import type { Recipe } from "../../src/model/types.ts";
import { openTested } from "../support/engine.ts";
import { benchOf, tries, viewOf } from "./views.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openTested();
});

const SHAPE = { height: 32, width: 32, channels: 3 } as const;
const read = (architecture: object[], classes = 3, loss?: string): Recipe =>
  readRecipe(
    { architecture, ...(loss ? { compile: { optimizer: { name: "adam", learningRate: 0.003 }, loss } } : {}) },
    { file: "recipe.json", classes, imageShape: SHAPE, task: "segmentation" },
  );
const seeing = (recipe: Recipe): View => ({ ...viewOf({ recipe }), shape: SHAPE });

const conv = (filters: number, more: object = {}) => ({
  conv2d: { filters, kernelSize: 3, padding: "same", activation: "relu", ...more },
});
const pool = { maxPooling2d: { poolSize: 2 } };
const encoder = [conv(8), pool, conv(16), pool];
const laidOut = (classes: number) => [{ reshape: { targetShape: [32, 32, classes] } }, { softmax: {} }];
const dense = (units: number, more: object = {}) => ({ dense: { units, ...more } });
const DENSE_HEAD = [...encoder, { flatten: {} }, dense(32 * 32 * 3), ...laidOut(3)];
const HIDDEN = [...encoder, { flatten: {} }, dense(16, { activation: "relu" }), dense(32 * 32 * 3), ...laidOut(3)];
const BINARY = [...encoder, { flatten: {} }, dense(32 * 32, { activation: "sigmoid" })];

describe("task-mismatch", () => {
  it.each([
    ["straight after the convolutions", DENSE_HEAD, 3],
    ["after a hidden dense layer", HIDDEN, 3],
    ["after global pooling", [...encoder, { globalAveragePooling2d: {} }, dense(3072), ...laidOut(3)], 3],
    ["with one sigmoid a pixel", BINARY, 2],
  ])("suspects a dense head %s, with figures from the architecture", (_, architecture, classes) => {
    const view = seeing(read(architecture, classes));
    const { standing, evidence, rows } = taskMismatch.screen(view);
    expect(standing).toBe("suspected");
    expect(evidence.map(({ measure }) => measure)).toEqual([
      "outputs of the dense layer for each pixel",
      "share of the parameters in the head",
      "places left of the pixels",
      "receptive field of the convolutions, pixels",
    ]);
    expect(evidence[0].value).toBe(classes === 2 ? 1 : 3);
    // conv 3, pool 2, conv 3 at stride 2, pool at stride 2.
    expect(evidence[3].value).toBe(10);
    expect(rows).toHaveLength(view.test.length);
  });

  it("measures the head's share of the parameters as the built model has them", () => {
    const recipe = read(DENSE_HEAD);
    const head = 8 * 8 * 16 * 3072 + 3072;
    const model = buildModel(engine, recipe, 1);
    const [, share] = taskMismatch.screen(seeing(recipe)).evidence;
    expect(share.value).toBeCloseTo(head / model.parameters, 10);
    model.dispose();
  });

  it.each([
    ["an encoder-decoder", encoderDecoder(SHAPE, 3).architecture],
    [
      "convolutions at full resolution",
      [conv(8), conv(8), { conv2d: { filters: 3, kernelSize: 1, activation: "softmax" } }],
    ],
    ["a dense layer at each pixel", [conv(8), dense(16, { activation: "relu" }), dense(3, { activation: "softmax" })]],
  ])("clears %s", (_, architecture) => {
    const found = taskMismatch.screen(seeing(read(architecture)));
    expect(found.standing).toBe("cleared");
    expect(found.evidence.length).toBeGreaterThan(0);
  });

  it("says nothing of classification, or where there is no recipe", () => {
    expect(taskMismatch.screen(viewOf()).standing).toBe("not-applicable");
    expect(taskMismatch.screen(viewOf({ recipe: null })).standing).toBe("not-applicable");
  });

  it.each([
    ["several classes", DENSE_HEAD, 3, undefined],
    ["two classes and one sigmoid", BINARY, 2, "binaryCrossentropy"],
  ])(
    "tries an encoder-decoder of no more parameters, against its encoder under a dense head: %s",
    (_, given, classes, loss) => {
      const recipe = read(given, classes, loss);
      const view = seeing(recipe);
      const [chosen, ...others] = tries(taskMismatch, view);
      expect(others).toEqual([]);
      const control = taskMismatch.control!(view, taskMismatch.screen(view), chosen, benchOf(view))!;
      for (const { change } of [chosen, control]) {
        const made = change!(recipe);
        expect({ ...made, architecture: [], compile: {} }).toEqual({ ...recipe, architecture: [], compile: {} });
        expect(mismatchOf(made)).toBeUndefined();
        const model = buildModel(engine, made, 1);
        expect(model.parameters).toBe(parametersOfAll(made));
        expect(model.parameters).toBeLessThanOrEqual(parametersOfAll(recipe));
        expect(model.width).toBe(classes);
        model.dispose();
      }
      const [fixed, controlled] = [chosen, control].map(({ change }) => seeing(change!(recipe)));
      expect(parametersOfAll(fixed.recipe!)).toBeLessThanOrEqual(parametersOfAll(recipe));
      expect(taskMismatch.screen(fixed).standing).toBe("cleared");
      expect(taskMismatch.screen(controlled).standing).toBe("suspected");
    },
  );

  it("prints a recipe that reads back, with IoU before and after", () => {
    const recipe = read(DENSE_HEAD);
    const view = seeing(recipe);
    const [intervention] = tries(taskMismatch, view);
    const around = (value: number) => ({ value, low: value - 0.02, high: value + 0.02 });
    const remedy = taskMismatch.remedy(view, taskMismatch.screen(view), {
      intervention,
      baseline: around(0.7),
      changed: around(0.25),
      gain: around(0.45),
    });
    expect(remedy.says).toContain("0.30 became 0.75");
    const { architecture } = remedy.change as { architecture: object[] };
    expect(read(structuredClone(architecture)).architecture).toEqual(intervention.change!(recipe).architecture);
  });

  it("tries nothing that would be larger than the subject", () => {
    const tiny = read(
      [
        { globalAveragePooling2d: {} },
        { reshape: { targetShape: [3] } },
        dense(1024, { useBias: false, activation: "sigmoid" }),
      ],
      2,
    );
    expect(parametersOfAll(tiny)).toBe(3072);
    const narrowest = encoderDecoder(SHAPE, 2, { most: 0 }).parameters;
    expect(tries(taskMismatch, seeing(tiny))).toHaveLength(narrowest <= 3072 ? 1 : 0);
  });
});

describe("an image's way through a network that goes down and up again", () => {
  it("is followed through upsampling, transposed convolutions and joined layers", () => {
    const layers = passThrough(
      read([
        conv(4, { name: "fine" }),
        pool,
        conv(8),
        { upSampling2d: { size: 2 } },
        { concatenate: { with: "fine" } },
        pool,
        { conv2dTranspose: { filters: 4, kernelSize: 2, strides: 2 } },
        { conv2d: { filters: 3, kernelSize: 1, activation: "softmax" } },
      ]),
    );
    expect(layers.map(({ output }) => output)).toEqual([
      [32, 32, 4],
      [16, 16, 4],
      [16, 16, 8],
      [32, 32, 8],
      [32, 32, 12],
      [16, 16, 12],
      [32, 32, 4],
      [32, 32, 3],
    ]);
    expect(layers.map(({ stride }) => stride)).toEqual([1, 2, 2, 1, 1, 2, 1, 1]);
    expect(layers.map(({ sees }) => sees)).toEqual([3, 4, 8, 8, 8, 9, 9, 9]);
  });
});
