import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.ts";
import { defaultRecipe, describeRecipe, readRecipe } from "../../src/model/recipe.ts";

const context = { file: "recipe.json", classes: 10, imageShape: { height: 28, width: 28, channels: 1 as const } };
const read = (json: unknown, changes: Partial<typeof context> = {}) => readRecipe(json, { ...context, ...changes });
const head = { dense: { units: "classes", activation: "softmax" } };
const fixture = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, "fixtures", name), "utf8"));

/** What the error says, with its field. */
function problemOf(json: unknown, changes: Partial<typeof context> = {}): { field?: string; message: string } {
  try {
    read(json, changes);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return error as InputError;
  }
  throw new Error("It was accepted.");
}

describe("a recipe is read", () => {
  it("fills in what is left out", () => {
    expect(read({ architecture: [{ flatten: {} }, head] })).toEqual({
      architecture: [{ flatten: {} }, { dense: { units: 10, activation: "softmax" } }],
      compile: { optimizer: { name: "adam", learningRate: 0.001 }, loss: "sparseCategoricalCrossentropy" },
      fit: { epochs: 10, batchSize: 32 },
      input: { size: [28, 28], channels: 1, scale: "0..1", order: "rgb" },
    });
  });

  it("takes Keras' names for tfjs' everywhere", () => {
    const camel = read({
      architecture: [
        { conv2d: { filters: 8, kernelSize: 3, kernelInitializer: "heNormal", kernelRegularizer: { l2: 0.01 } } },
        { batchNormalization: {} },
        { maxPooling2d: { poolSize: 2 } },
        { leakyReLU: { alpha: 0.1 } },
        { globalAveragePooling2d: {} },
        head,
      ],
      compile: { optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9 }, loss: "categoricalCrossentropy" },
      fit: { epochs: 3, batchSize: 8, earlyStopping: { patience: 2 }, augmentation: { rotation: 10, shift: 0.2 } },
    });
    const snake = read({
      architecture: [
        {
          Conv2D: {
            filters: 8,
            kernel_size: 3,
            kernel_initializer: "he_normal",
            kernel_regularizer: { class_name: "L2", config: { l2: 0.01 } },
          },
        },
        { BatchNormalization: { axis: -1 } },
        { MaxPool2D: { pool_size: 2 } },
        { LeakyReLU: { negative_slope: 0.1 } },
        { GlobalAvgPool2D: {} },
        head,
      ],
      compile: {
        optimizer: { class_name: "SGD", config: { learning_rate: 0.1, momentum: 0.9, nesterov: false, name: "SGD" } },
        loss: "categorical_crossentropy",
        metrics: ["accuracy"],
      },
      fit: {
        epochs: 3,
        batch_size: 8,
        early_stopping: { patience: 2 },
        augmentation: { rotation_range: 10, width_shift_range: 0.2 },
        shuffle: true,
      },
    });
    expect(snake).toEqual(camel);
  });

  it("takes one unit for two classes, and class weights by class", () => {
    const recipe = read(
      {
        architecture: [{ flatten: {} }, { dense: { units: 1, activation: "sigmoid" } }],
        fit: { class_weight: { 1: 4 } },
      },
      { classes: 2 },
    );
    expect(recipe.compile.loss).toBe("binaryCrossentropy");
    expect(recipe.fit.classWeight).toEqual([1, 4]);
  });

  it("reads a loss that is told about logits", () => {
    const loss = { class_name: "SparseCategoricalCrossentropy", config: { from_logits: false } };
    expect(read({ architecture: [{ flatten: {} }, head], compile: { loss } }).compile).toMatchObject({
      loss: "sparseCategoricalCrossentropy",
      fromLogits: false,
    });
  });

  for (const name of ["keras-2.json", "keras-3.json"])
    it(`reads the JSON of ${name}`, () => {
      const { architecture, input } = read(
        { architecture: fixture(name) },
        { imageShape: { height: 9, width: 9, channels: 1 } },
      );
      expect(input.size).toEqual([28, 28]);
      expect(architecture.map((layer) => Object.keys(layer)[0])).toEqual([
        "conv2d",
        "batchNormalization",
        "maxPooling2d",
        "separableConv2d",
        "leakyReLU",
        "upSampling2d",
        "conv2dTranspose",
        "spatialDropout2d",
        "globalAveragePooling2d",
        "dropout",
        "dense",
        "dense",
      ]);
      expect(architecture[0].conv2d).toMatchObject({
        filters: 8,
        kernelSize: [3, 3],
        padding: "same",
        activation: "relu",
        kernelInitializer: { className: "HeNormal", config: { seed: 3 } },
        kernelRegularizer: { className: "L1L2", config: { l1: 0 } },
      });
      expect(architecture[4].leakyReLU.alpha).toBeCloseTo(0.2);
      expect(architecture[9].dropout).toEqual({ rate: 0.4, seed: 11 });
    });

  it("makes a rescaling layer part of the input", () => {
    const scaled = (config: object) => read({ architecture: [{ Rescaling: config }, { flatten: {} }, head] });
    expect(scaled({ scale: 1 / 255 }).input.scale).toBe("0..1");
    expect(scaled({ scale: 1 / 127.5, offset: -1 }).input.scale).toBe("-1..1");
    expect(scaled({ scale: 0.5, offset: -10 }).input.scale).toEqual({ mean: [20], std: [2] });
  });
});

describe("a recipe that cannot be used is refused with its field and a remedy", () => {
  const conv = { conv2d: { filters: 4, kernelSize: 3 } };
  const pool = { maxPooling2d: { poolSize: 2 } };
  const cases: [string, unknown, string, RegExp][] = [
    ["an unknown layer", [{ convd: {} }, head], "architecture[0]", /conv2d/],
    ["an unknown field", [{ conv2d: { filter: 4, kernelSize: 3 } }, head], "architecture[0].conv2d.filter", /filters/],
    ["a missing field", [conv, { conv2d: { filters: 4 } }, head], "architecture[1].conv2d.kernelSize", /missing/],
    [
      "a kernel of no size",
      [{ conv2d: { filters: 4, kernelSize: 0 } }, head],
      "architecture[0].conv2d.kernelSize",
      /above 0/,
    ],
    [
      "one pooling too many",
      [pool, pool, pool, pool, pool, { flatten: {} }, head],
      "architecture[4].maxPooling2d.poolSize",
      /1 x 1/,
    ],
    ["a dense layer that is not flattened", [conv, head], "architecture[1].dense", /flatten/],
    ["a convolution after flatten", [{ flatten: {} }, conv, head], "architecture[1].conv2d", /before flatten/],
    [
      "the wrong number of classes",
      [{ flatten: {} }, { dense: { units: 7 } }],
      "architecture[1].dense.units",
      /7 units.*10 classes/,
    ],
    [
      "an unknown activation",
      [{ flatten: {} }, { dense: { units: 10, activation: "sofmax" } }],
      "architecture[1].dense.activation",
      /softmax/,
    ],
    ["an augmentation layer", [{ RandomFlip: {} }, { flatten: {} }, head], "architecture[0]", /fit\.augmentation/],
    [
      "an unknown initializer",
      [{ flatten: {} }, { dense: { units: 10, kernelInitializer: "xavier" } }],
      "architecture[1].dense.kernelInitializer",
      /Glorot|Known/,
    ],
  ];
  for (const [what, architecture, field, says] of cases)
    it(what, () => {
      const problem = problemOf({ architecture });
      expect(problem.field).toBe(field);
      expect(problem.message).toMatch(says);
      expect(problem.message).toContain("recipe.json");
    });

  const architecture = [{ flatten: {} }, head];
  const parts: [string, object, string, RegExp][] = [
    ["an unknown optimizer", { compile: { optimizer: "adm" } }, "compile.optimizer.name", /adam/],
    [
      "an option of another optimizer",
      { compile: { optimizer: { name: "adam", momentum: 0.9 } } },
      "compile.optimizer.momentum",
      /beta1/,
    ],
    [
      "a learning rate of 0",
      { compile: { optimizer: { name: "adam", learningRate: 0 } } },
      "compile.optimizer.learningRate",
      /above 0/,
    ],
    ["an unknown loss", { compile: { loss: "crossentropy" } }, "compile.loss", /rossentropy/],
    ["an unknown augmentation", { fit: { augmentation: { rotate: 10 } } }, "fit.augmentation.rotate", /rotation/],
    ["a shift in pixels", { fit: { augmentation: { shift: 3 } } }, "fit.augmentation.shift", /at most 1/],
    ["half an epoch", { fit: { epochs: 0.5 } }, "fit.epochs", /whole number/],
    ["weights that do not fit", { fit: { classWeight: [1, 2] } }, "fit.classWeight", /2 weights for 10 classes/],
    ["an unknown scale", { input: { scale: "0-1" } }, "input.scale", /0\.\.1/],
    ["an unknown part", { data: {} }, "data", /architecture/],
  ];
  for (const [what, part, field, says] of parts)
    it(what, () => {
      const problem = problemOf({ architecture, ...part });
      expect(problem.field).toBe(field);
      expect(problem.message).toMatch(says);
    });

  it("a Keras layer that is not supported, where it stands", () => {
    const model = fixture("keras-3.json");
    model.config.layers[3].class_name = "Conv3D";
    const problem = problemOf({ architecture: model });
    expect(problem.field).toBe("architecture.config.layers[3]");
    expect(problem.message).toMatch(/Conv3D.*Conv2D|Conv3D.*conv2d/);
    expect(problemOf({ architecture: { class_name: "Functional", config: {} } }).message).toMatch(
      /Functional.*Sequential/,
    );
  });
});

describe("the default recipe", () => {
  it.each([
    [8, 1, 100],
    [28, 1, 60_000],
    [64, 3, 2000],
    [224, 3, 500],
  ])("fits images of %i pixels", (side, channels, images) => {
    const shape = { height: side, width: side, channels: channels as 1 | 3 };
    const recipe = defaultRecipe(shape, 5, images);
    expect(
      read(JSON.parse(JSON.stringify(recipe)), { classes: 5, imageShape: shape as typeof context.imageShape }),
    ).toEqual(recipe);
    expect(describeRecipe(recipe)).toMatch(/^\d+ x \d+ x [13]: conv 16 - pool .* adam at 0.001; .* batches of 32$/);
  });
});
