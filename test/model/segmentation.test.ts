import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/types.ts";
import { InputError } from "../../src/errors.ts";
import { augmenter, imageSeed, maskAugmenter } from "../../src/model/augment.ts";
import { loadModel } from "../../src/model/load.ts";
import { batchLoss, type LossOptions } from "../../src/model/losses.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import { classWeights, train } from "../../src/model/train.ts";
import type { MaskedImages, TrainedModel } from "../../src/model/types.ts";
import { IGNORE } from "../../src/stats/mask.ts";
import { mostProbable } from "../../src/stats/metrics.ts";
import { type MeasuredSegmentation, measureSegmentation, scoreImage } from "../../src/stats/segmentation.ts";
import { openTested } from "../support/engine.ts";
import { maskedScenes } from "../support/masked-scenes.ts";
import { stripes } from "./data.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openTested();
});

const conv = (filters: number, more: object = {}) => ({
  conv2d: { filters, kernelSize: 3, padding: "same", activation: "relu", ...more },
});
const pool = { maxPooling2d: { poolSize: 2 } };
const up = { upSampling2d: { size: 2 } };
const head = { conv2d: { filters: "classes", kernelSize: 1, activation: "softmax" } };

const reader =
  (size: number, classes: number) =>
  (architecture: object[], more: object = {}) =>
    readRecipe(
      { architecture, ...more },
      { file: "recipe.json", classes, imageShape: { height: size, width: size, channels: 3 }, task: "segmentation" },
    );

/** A bright square on a darker, noisy ground: learnt in a few steps. */
function brightSquares(images: number, size: number, seed: number): MaskedImages {
  const { pixels } = stripes(images, 3, size, 3, seed);
  const masks = new Uint8Array(images * size * size);
  for (let i = 0; i < images; i++) {
    const [top, left] = [(i * 5) % (size - 4), (i * 3) % (size - 4)];
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const inside = y >= top && y < top + 4 && x >= left && x < left + 4;
        const at = i * size * size + y * size + x;
        masks[at] = inside ? 1 : 0;
        for (let c = 0; c < 3; c++) pixels[3 * at + c] = inside ? 240 : pixels[3 * at + c] >> 1;
      }
  }
  return { shape: { height: size, width: size, channels: 3 }, pixels, masks };
}

async function measured(model: TrainedModel, data: MaskedImages, classes: number): Promise<MeasuredSegmentation> {
  const { height, width } = data.shape;
  const said = Uint8Array.from(mostProbable(await model.predict(data.pixels), classes));
  const scores = Array.from({ length: said.length / (height * width) }, (_, i) => {
    const part = (values: Uint8Array) => ({
      values: values.subarray(i * height * width, (i + 1) * height * width),
      height,
      width,
    });
    return scoreImage(part(data.masks), part(said), classes);
  });
  return measureSegmentation([scores], classes, { seed: 1, draws: 50 });
}

describe("recipes of masks", () => {
  const read = reader(16, 3);
  it("join earlier layers by name, and keep only names that are meant", () => {
    const { architecture } = read([
      conv(4, { name: "fine" }),
      conv(4, { name: "idle" }),
      pool,
      up,
      { Concatenate: { with: "fine" } },
      head,
    ]);
    expect(architecture[0]).toMatchObject({ conv2d: { name: "fine" } });
    expect(architecture[1].conv2d).not.toHaveProperty("name");
    expect(architecture[4]).toEqual({ concatenate: { with: "fine" } });
    expect(architecture[5]).toMatchObject({ conv2d: { filters: 3 } });
  });

  it("lay a dense layer's outputs out as pixels", () => {
    const dense = (units: number) => [{ flatten: {} }, { dense: { units, activation: "sigmoid" } }];
    const two = reader(16, 2)(dense(256));
    expect(two.architecture.at(-1)).toEqual({ reshape: { targetShape: [16, 16, 1] } });
    const asked = read([
      { flatten: {} },
      { dense: { units: 768 } },
      { reshape: { targetShape: [16, 16, "classes"] } },
      { softmax: {} },
    ]);
    expect(asked.architecture[2]).toEqual({ reshape: { targetShape: [16, 16, 3] } });
  });

  it.each([
    [
      [conv(4), pool, head],
      /architecture\[2\].conv2d: The model gives \[8, 8, 3\].*16 x 16 pixels\. End it at the image's size/,
    ],
    [[conv(4)], /not one number for each of 3 classes at each/],
    [[{ flatten: {} }, { dense: { units: 3 } }], /gives \[3\] for an image/],
    [[conv(4), { concatenate: { with: "fine" } }, head], /concatenate\.with: No layer before it has the name "fine"/],
    [
      [conv(4, { name: "a" }), pool, { add: { with: "a" } }, up, head],
      /add\.with: It joins \[8, 8, 4\] with the \[16, 16, 4\] of a/,
    ],
    [
      [{ reshape: { targetShape: [16, 16] } }, head],
      /targetShape: It makes \[16, 16\] of \[16, 16, 3\]: 256 of 768 values/,
    ],
    [[{ flatten: {} }, { dense: { units: 768, activation: "softmax" } }], /softmax runs over all pixels at once/],
  ])("refuse %j", (architecture, says) => {
    expect(() => read(architecture)).toThrow(InputError);
    expect(() => read(architecture)).toThrow(says);
  });

  it("are no classifiers, nor classifiers they", () => {
    const context = { file: "recipe.json", classes: 3, imageShape: { height: 16, width: 16, channels: 3 as const } };
    expect(() => readRecipe({ architecture: [conv(4), head] }, context)).toThrow(/gives \[16, 16, 3\] for an image/);
    const joined = [conv(4, { name: "a" }), { add: { with: "a" } }, { flatten: {} }, { dense: { units: 3 } }];
    expect(() => readRecipe({ architecture: joined }, context)).toThrow(
      /architecture\[1\]\.add: The layer add joins branches/,
    );
  });
});

describe("training", () => {
  const data = brightSquares(48, 12, 5);
  const architecture = [conv(6, { name: "fine" }), pool, conv(8), up, { concatenate: { with: "fine" } }, head];
  const more = { compile: { optimizer: { name: "adam", learningRate: 0.02 } }, fit: { epochs: 10, batchSize: 8 } };
  const read = reader(12, 2);

  it.each([
    ["cross-entropy", {}, head],
    // Dice is content with squares that are drawn a little large.
    ["dice", { loss: "dice" }, head],
    ["one unit", {}, { conv2d: { filters: 1, kernelSize: 1, activation: "sigmoid" } }],
    ["a transposed convolution", {}, head],
    ["a sum", {}, head],
  ])("%s: learns what is easy, leaks nothing, gives the same bits twice", async (name, compile, end) => {
    const rise = name.startsWith("a trans") ? { conv2dTranspose: { filters: 6, kernelSize: 2, strides: 2 } } : up;
    const join = name === "a sum" ? [conv(6), { add: { with: "fine" } }, conv(6)] : [architecture[4]];
    const layers = [...architecture.slice(0, 3), rise, ...join, end];
    const recipe = read(layers, { ...more, compile: { ...more.compile, ...compile } });
    const before = engine.tf.memory().numTensors;
    const run = () => train(engine, recipe, data, { seed: 3, classes: 2, validation: brightSquares(16, 12, 9) });
    const [model, again] = [await run(), await run()];
    const probabilities = await model.predict(data.pixels.subarray(0, 3 * 12 * 12 * 2));
    expect(probabilities.length).toBe(2 * 12 * 12 * 2);
    for (let i = 0; i < probabilities.length; i += 2) expect(probabilities[i] + probabilities[i + 1]).toBeCloseTo(1, 5);
    expect(model.summary.curve.at(-1)!.validationAccuracy).toBeGreaterThan(0.95);
    expect((await measured(model, data, 2)).perClass[1].iou.value).toBeGreaterThan(name === "dice" ? 0.6 : 0.8);
    expect(again.summary.curve).toEqual(model.summary.curve);
    const seconds = { summary: { ...model.summary, seconds: 0 } };
    expect({ ...again.summary, seconds: 0 }).toEqual(seconds.summary);
    const loaded = await loadModel(engine, await model.save());
    expect(await loaded.predict(data.pixels.subarray(0, 3 * 12 * 12 * 2))).toEqual(probabilities);
    for (const each of [model, again, loaded]) each.dispose();
    expect(engine.tf.memory().numTensors).toBe(before);
  });

  it("leaves out what is to be ignored", async () => {
    // Where the truth is to be ignored it may be anything: turned round it changes nothing.
    const hidden = data.masks.map((value, i) => (i % 3 === 0 ? IGNORE : value));
    const model = await train(engine, read(architecture, more), { ...data, masks: hidden }, { seed: 3, classes: 2 });
    expect((await measured(model, data, 2)).perClass[1].iou.value).toBeGreaterThan(0.8);
    model.dispose();
    const options: LossOptions = {
      loss: "sparseCategoricalCrossentropy",
      activation: "softmax",
      fromLogits: true,
      labelSmoothing: 0,
      ignore: IGNORE,
    };
    for (const loss of ["sparseCategoricalCrossentropy", "dice"] as const) {
      const gradient = new Float32Array(6).fill(9);
      const some = batchLoss(
        Float32Array.of(1, 2, 5, 1, 0, 3),
        Uint8Array.of(1, IGNORE, 0),
        { ...options, loss },
        gradient,
      );
      expect([...gradient.subarray(2, 4)]).toEqual([0, 0]);
      expect(some.counted).toBe(2);
      const without = new Float32Array(4);
      const same = batchLoss(Float32Array.of(1, 2, 0, 3), Uint8Array.of(1, 0), { ...options, loss }, without);
      expect(some.loss).toBeCloseTo(same.loss, 12);
      expect([...gradient.subarray(0, 2), ...gradient.subarray(4)]).toEqual([...without]);
    }
  });

  it("weighs classes by their pixels", () => {
    const recipe = read(architecture, { fit: { classWeight: "balanced" } });
    const weights = classWeights(recipe, Uint8Array.of(0, 0, 0, 1, IGNORE, IGNORE), 2)!;
    expect([...weights]).toEqual([4 / 6, 2]);
  });

  it("moves masks with their images", () => {
    const shape = { height: 12, width: 12, channels: 3 as const };
    const augmentation = { rotation: 30, shift: 0.2, zoom: 0.2, horizontalFlip: true };
    const [augment, augmentMask] = [augmenter(augmentation, shape), maskAugmenter(augmentation, shape)];
    const image = new Float32Array(12 * 12 * 3);
    const mask = new Uint8Array(12 * 12);
    let apart = 0;
    for (let row = 0; row < 20; row++) {
      const pixels = Uint8Array.from(
        { length: 12 * 12 * 3 },
        (_, i) => 255 * data.masks[row * 144 + Math.floor(i / 3)],
      );
      augment(pixels, 0, imageSeed(1, row), image);
      augmentMask(data.masks, row * 144, imageSeed(1, row), mask, 0);
      // An image that is its own mask stays so, but for the pixels on its edge that are blends.
      mask.forEach((value, i) => {
        if (Math.abs(image[3 * i] - 255 * value) > 130) apart++;
      });
    }
    expect(apart).toBeLessThan(20);
  });
});

describe("the project's scenes", () => {
  /** Mugs and plates as one class. */
  const crockery = (data: MaskedImages): MaskedImages => ({
    ...data,
    masks: data.masks.map((value) => Math.min(1, value)),
  });
  it("an encoder-decoder finds the crockery; a dense head of more parameters does so far worse", {
    timeout: 240_000,
  }, async () => {
    const [size, classes] = [32, 2];
    const [data, test] = [crockery(maskedScenes(360, size, 1)), crockery(maskedScenes(80, size, 2))];
    const read = reader(size, classes);
    const more = { compile: { optimizer: { name: "adam", learningRate: 0.01 } }, fit: { epochs: 18, batchSize: 8 } };
    const decoder = [
      conv(8, { name: "fine" }),
      pool,
      conv(16, { name: "middle" }),
      pool,
      conv(32),
      conv(32),
      up,
      { concatenate: { with: "middle" } },
      conv(16),
      up,
      { concatenate: { with: "fine" } },
      conv(8),
      head,
    ];
    const dense = [
      conv(8),
      pool,
      conv(16),
      pool,
      { flatten: {} },
      { dense: { units: 10, activation: "relu" } },
      { dense: { units: size * size * classes } },
      { reshape: { targetShape: [size, size, "classes"] } },
      { softmax: {} },
    ];
    const results = [];
    for (const architecture of [decoder, dense]) {
      const model = await train(engine, read(architecture, more), data, { seed: 1, classes });
      results.push({ ...(await measured(model, test, classes)), ...model.summary });
      model.dispose();
    }
    const [good, bad] = results;
    console.log(
      results
        .map(
          (each) =>
            `${each.parameters} parameters: foreground IoU ${each.foregroundIou.value.toFixed(3)}, ${each.seconds.toFixed(1)} s`,
        )
        .join("; "),
    );
    expect(good.parameters).toBeLessThan(bad.parameters);
    expect(good.foregroundIou.value).toBeGreaterThan(0.45);
    expect(good.foregroundIou.value).toBeGreaterThan(1.2 * bad.foregroundIou.value);
  });
});
