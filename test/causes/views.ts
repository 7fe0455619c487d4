import type { Bench, Cause, Intervention } from "../../src/causes/types.ts";
import { MEASURES, type Measures, type Perturbed, type View } from "../../src/causes/view.ts";
import { variantsFor } from "../../src/model/perturb.ts";
import type { Recipe } from "../../src/model/types.ts";
import { deriveSeed, random } from "../../src/random.ts";

/** A sound recipe for 28 x 28 grey images. */
export const SOUND: Recipe = {
  architecture: [
    { conv2d: { filters: 16, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { conv2d: { filters: 32, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { flatten: {} },
    { dropout: { rate: 0.5 } },
    { dense: { units: 64, activation: "relu" } },
    { dense: { units: 4, activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate: 0.001 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 10, batchSize: 32 },
  input: { size: [28, 28], channels: 1, scale: "0..1", order: "rgb" },
};

export interface ViewOptions {
  recipe?: Recipe | null;
  train?: number;
  test?: number;
  /** Accuracies that the baseline shows. */
  training?: number;
  outOfFold?: number;
  tested?: number;
  /** Training loss and accuracy, epoch by epoch. */
  losses?: number[];
  lastAccuracy?: number;
}

const CLASSES = ["a", "b", "c", "d"];

/** What a baseline showed, made to order: predictions are right as often as asked, evenly over the classes. */
export function viewOf({
  recipe = SOUND,
  train = 2000,
  test = 800,
  training = 0.995,
  outOfFold = 0.96,
  tested = 0.96,
  losses = [0.6, 0.3, 0.2, 0.15, 0.12, 0.11, 0.105, 0.102, 0.1, 0.1],
  lastAccuracy = training,
}: ViewOptions = {}): View {
  const images = train + test;
  const rows = Int32Array.from({ length: images }, (_, row) => row);
  const labels = rows.map((row) => row % CLASSES.length);
  const chance = random(deriveSeed(1, "views"));
  const predict = (of: Int32Array, accuracy: number) => {
    const values = new Float32Array(of.length * CLASSES.length).fill(0.05);
    const wrong = new Set(chance.sample(Array.from(of.keys()), Math.round((1 - accuracy) * of.length)));
    of.forEach((row, i) => {
      const said = wrong.has(i) ? (labels[row] + 1 + chance.int(3)) % CLASSES.length : labels[row];
      values[i * CLASSES.length + said] = 0.85;
    });
    return { rows: of, values, wrong };
  };
  const [trainRows, testRows] = [rows.slice(0, train), rows.slice(train)];
  const answers = predict(testRows, tested);
  const [outside, inside] = [predict(trainRows, outOfFold), predict(trainRows, training)];
  return {
    seed: 7,
    classes: CLASSES,
    shape: { height: 28, width: 28, channels: 1 },
    samples: {
      files: Array.from(rows, (row) => `${row}.png`),
      labels,
      splits: Array.from(rows, (row) => (row < train ? "train" : "test")),
      groups: Array.from(rows, () => undefined),
      hashes: Array.from(rows, (row) => `hash${row}`),
      columns: [],
      measures: measuresFor(images),
    },
    train: trainRows,
    validation: new Int32Array(0),
    test: testRows,
    recipe: recipe ?? undefined,
    tested: [answers],
    testErrors: Float32Array.from(testRows, (_, i) => Number(answers.wrong.has(i))),
    outOfFold: outside,
    inSample: inside,
    traces: [11, 12].map((seed) => ({
      seed,
      curve: losses.map((loss, i) => ({
        epoch: i + 1,
        loss,
        accuracy: i === losses.length - 1 ? lastAccuracy : training * (1 - 0.5 ** (i + 1)),
      })),
      diverged: false,
    })),
    duplicates: [],
  };
}

/** Measures of ordinary grey images: each its own, none odd. */
export function measuresFor(images: number): Measures {
  const chance = random(deriveSeed(2, "measures"));
  const around: Record<string, [number, number]> = {
    brightness: [0.3, 0.04],
    contrast: [0.3, 0.03],
    sharpness: [900, 150],
    entropy: [4, 0.3],
    warmth: [0, 0],
    greenness: [0, 0],
  };
  return Object.fromEntries(
    MEASURES.map((name) => {
      const [middle, spread] = around[name] ?? [0.2, 0.05];
      return [name, Float32Array.from({ length: images }, () => middle + spread * chance.normal())];
    }),
  ) as Measures;
}

export const changed = (change: (recipe: Recipe) => Recipe): Recipe => change(structuredClone(SOUND));

export const benchOf = (view: View, movable: Int32Array = new Int32Array(0)): Bench => ({
  recipe: view.recipe!,
  movable,
  seed: 3,
});

/** What a cause would try on a view that it suspects. */
export const tries = (cause: Cause, view: View): Intervention[] =>
  cause.interventions!(view, cause.screen(view), benchOf(view));

/**
 * Answers to changed copies of 400 test images. Boundary cases waver under every change; `mends` names the variant that
 * puts a part of the wrong answers right, with more confidence than the wrong answer had.
 */
export function answers(view: View, { wavering = 0.03, mends = "", part = 0 } = {}): Perturbed {
  const chance = random(5);
  const rows = view.test.slice(0, 400);
  const variants = variantsFor(view.shape);
  const predicted = new Int32Array(rows.length * variants.length);
  const confidence = new Float32Array(predicted.length).fill(0.7);
  rows.forEach((row, i) => {
    const label = view.samples.labels[row];
    const given = view.testErrors[i] > 0 ? (label + 1) % 4 : label;
    variants.forEach(({ id, kind }, v) => {
      const at = i * variants.length + v;
      predicted[at] = given;
      if (kind === "given") confidence[at] = 0.8;
      else if (id === mends && view.testErrors[i] > 0 && chance.float() < part) {
        predicted[at] = label;
        confidence[at] = 0.95;
      } else if (chance.float() < wavering) predicted[at] = (given + 1 + chance.int(3)) % 4;
    });
  });
  return { rows, variants, predicted, confidence };
}
