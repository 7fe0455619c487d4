import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/types.ts";
import { augmenter, imageSeed, isActive } from "../../src/model/augment.ts";
import { loopOptimizer } from "../../src/model/loop-optimizer.ts";
import { batchLoss, LOSSES, type LossOptions } from "../../src/model/losses.ts";
import { OPTIMIZERS, type OptimizerName, type OptimizerOptions } from "../../src/model/optimizer.ts";
import { imageWriter } from "../../src/model/preprocess.ts";
import { classWeights } from "../../src/model/train.ts";
import type { Augmentation } from "../../src/model/types.ts";
import { openTested } from "../support/engine.ts";
import { smallRecipe } from "./data.ts";

describe("losses", () => {
  const logits = Float32Array.of(0.3, -0.8, 1.1, 0.2, 0.4, -0.5);
  const labels = Int32Array.of(2, 0);
  const heads = [
    ["softmax", true],
    ["sigmoid", true],
    ["linear", true],
  ] as const;
  const all = LOSSES.flatMap((loss) => heads.map(([activation, fromLogits]) => ({ loss, activation, fromLogits })));
  it.each(all)("$loss after $activation: the gradient is the slope", (head) => {
    const options: LossOptions = { ...head, labelSmoothing: 0.1, classWeight: Float64Array.of(2, 1, 0.5) };
    const gradient = new Float32Array(6);
    const { loss } = batchLoss(logits, labels, options, gradient);
    expect(Number.isFinite(loss)).toBe(true);
    const step = 1e-3;
    logits.forEach((value, i) => {
      const at = (logit: number) => batchLoss(logits.with(i, logit), labels, options, new Float32Array(6)).loss;
      const slope = (at(value + step) - at(value - step)) / (2 * step);
      expect(gradient[i]).toBeCloseTo(slope, 3);
    });
  });

  it("cross-entropy is what the books say", () => {
    const options: LossOptions = {
      loss: "sparseCategoricalCrossentropy",
      activation: "softmax",
      fromLogits: true,
      labelSmoothing: 0,
    };
    const { loss, correct } = batchLoss(
      Float32Array.of(0, 0, Math.log(2), 0),
      Int32Array.of(1, 0),
      options,
      new Float32Array(4),
    );
    expect(loss).toBeCloseTo((Math.log(2) - Math.log(2 / 3)) / 2, 6);
    expect(correct).toBe(1);
  });

  it("balanced weights are images / (classes x images of the class)", () => {
    const recipe = smallRecipe({ fit: { epochs: 1, batchSize: 1, classWeight: "balanced" } });
    expect(Array.from(classWeights(recipe, Int32Array.of(0, 0, 0, 1), 2)!)).toEqual([4 / 6, 2]);
  });
});

describe("optimizers step as TensorFlow.js' own do", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openTested();
  });

  const cases: [OptimizerName, Partial<OptimizerOptions>][] = [
    ["sgd", {}],
    ["sgd", { momentum: 0.9 }],
    ["sgd", { momentum: 0.9, nesterov: true }],
    ["adam", {}],
    ["rmsprop", {}],
    ["rmsprop", { momentum: 0.5 }],
    ["adagrad", {}],
    ["adamax", {}],
  ];
  it.each(cases)("%s %o", (name, changes) => {
    const { tf } = engine;
    const options = { clipValue: 0, clipNorm: 0, ...OPTIMIZERS[name], ...changes } as OptimizerOptions;
    const rate = (options.learningRate = 0.05);
    const stock = {
      sgd: () => (options.momentum ? tf.train.momentum(rate, options.momentum, options.nesterov) : tf.train.sgd(rate)),
      adam: () => tf.train.adam(rate, options.beta1, options.beta2, options.epsilon),
      adamW: () => tf.train.adam(rate),
      adamax: () => tf.train.adamax(rate, options.beta1, options.beta2, options.epsilon),
      rmsprop: () => tf.train.rmsprop(rate, options.rho, options.momentum, options.epsilon, options.centered),
      adagrad: () => tf.train.adagrad(rate, options.initialAccumulatorValue),
      adadelta: () => tf.train.sgd(rate),
    }[name]();
    const [ours, theirs] = [1, 2].map(() => tf.variable(tf.tensor1d([0.5, -0.2, 0.8])));
    const optimizer = loopOptimizer(engine, name, options, [ours]);
    for (let step = 0; step < 5; step++) {
      const values = [0.3 * step - 0.4, 0.1, -0.2 * step + 0.3];
      optimizer.apply({ [ours.name]: tf.tensor1d(values) });
      stock.applyGradients([{ name: theirs.name, tensor: tf.tensor1d(values) }]);
    }
    const expected = theirs.dataSync();
    ours.dataSync().forEach((value, i) => void expect(value).toBeCloseTo(expected[i], 5));
  });
});

describe("augmentation", () => {
  const shape = fc.record({
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    channels: fc.constantFrom(1 as const, 3 as const),
  });
  const image = shape.chain((size) => {
    const length = size.height * size.width * size.channels;
    return fc.record({ shape: fc.constant(size), pixels: fc.uint8Array({ minLength: length, maxLength: length }) });
  });
  const apply = (
    augmentation: Augmentation,
    { shape, pixels }: { shape: typeof SHAPE; pixels: Uint8Array },
    seed: number,
  ) => {
    const out = new Float32Array(pixels.length);
    augmenter(augmentation, shape)(pixels, 0, seed, out);
    return out;
  };
  const SHAPE = { height: 1, width: 1, channels: 1 as 1 | 3 };
  const everything: Augmentation = {
    rotation: 30,
    shift: 0.2,
    zoom: 0.3,
    shear: 20,
    horizontalFlip: true,
    verticalFlip: true,
    brightness: 0.3,
    contrast: 0.3,
    hue: 0.2,
  };

  it("of strength 0 changes nothing", () => {
    expect(isActive({ rotation: 0, horizontalFlip: false })).toBe(false);
    fc.assert(
      fc.property(image, fc.integer(), (picture, seed) => {
        expect(apply({ rotation: 0, brightness: 0, hue: 0 }, picture, seed)).toEqual(Float32Array.from(picture.pixels));
      }),
    );
  });

  it.each(["horizontalFlip", "verticalFlip"] as const)("%s twice is the image itself", (flip) => {
    fc.assert(
      fc.property(image, fc.integer(), (picture, seed) => {
        const once = Uint8Array.from(apply({ [flip]: true }, picture, seed));
        expect(apply({ [flip]: true }, { ...picture, pixels: once }, seed)).toEqual(Float32Array.from(picture.pixels));
      }),
    );
  });

  it("is repeated by its seed, stays in 0..255, and leaves an even grey image even", () => {
    fc.assert(
      fc.property(image, fc.integer(), (picture, seed) => {
        const once = apply(everything, picture, seed);
        expect(apply(everything, picture, seed)).toEqual(once);
        expect(once.every((value) => value >= 0 && value <= 255)).toBe(true);
        const { brightness: _, ...rest } = everything;
        const grey = apply(rest, { ...picture, pixels: picture.pixels.map(() => 100) }, seed);
        expect(grey.every((value) => Math.abs(value - 100) < 1e-3)).toBe(true);
      }),
    );
  });

  it("shifts no further than it is told", () => {
    const size = { height: 21, width: 21, channels: 1 as const };
    const pixels = new Uint8Array(441);
    pixels[10 * 21 + 10] = 255;
    let furthest = 0;
    for (let seed = 0; seed < 50; seed++) {
      const out = apply({ shift: 0.1 }, { shape: size, pixels }, imageSeed(5, seed));
      out.forEach((value, i) => {
        if (value > 0) furthest = Math.max(furthest, Math.abs(Math.floor(i / 21) - 10), Math.abs((i % 21) - 10));
      });
    }
    expect(furthest).toBeGreaterThan(0);
    expect(furthest).toBeLessThanOrEqual(3); // 2.1 pixels, and one of interpolation
  });
});

describe("preprocessing", () => {
  const shape = { height: 1, width: 2, channels: 3 as const };
  const pixels = Uint8Array.of(0, 51, 102, 153, 204, 255);
  const write = (input: object, from: { height: number; width: number; channels: 1 | 3 } = shape, source = pixels) => {
    const full = {
      size: [1, 2] as [number, number],
      channels: 3 as 1 | 3,
      scale: "0..1" as const,
      order: "rgb" as const,
      ...input,
    };
    const out = new Float32Array(2 * full.channels);
    imageWriter(from, full)(source, 0, out, 0);
    return Array.from(out, (value) => Math.round(value * 1e4) / 1e4);
  };
  it("scales, orders and converts channels", () => {
    expect(write({})).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(write({ scale: "-1..1" })).toEqual([-1, -0.6, -0.2, 0.2, 0.6, 1]);
    expect(write({ order: "bgr" })).toEqual([0.4, 0.2, 0, 1, 0.8, 0.6]);
    expect(write({ scale: { mean: [51], std: [51] } })).toEqual([-1, 0, 1, 2, 3, 4]);
    expect(write({ scale: { mean: [0.2], std: [0.2] } })).toEqual([-1, 0, 1, 2, 3, 4]);
    expect(write({}, { ...shape, channels: 1 }, Uint8Array.of(0, 255))).toEqual([0, 0, 0, 1, 1, 1]);
    expect(write({ channels: 1, scale: "0..255" }).map(Math.round)).toEqual([42, 195]);
  });
});
