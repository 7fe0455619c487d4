import { mnist as digits } from "../../support/data.ts";
import type { Base, Pool, RecipeFile } from "../types.ts";

const CLASSES = Array.from({ length: 10 }, (_, digit) => String(digit));
/** Digits taken from the published training set: its first part for tuning, another for the final set. */
const FROM = { tune: 0, final: 30_000 } as const;
const COUNT = 12_000;

const TUNE: RecipeFile = {
  architecture: [
    { conv2d: { filters: 8, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { conv2d: { filters: 16, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { flatten: {} },
    { dropout: { rate: 0.3 } },
    { dense: { units: 64, activation: "relu" } },
    { dropout: { rate: 0.25 } },
    { dense: { units: "classes", activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate: 0.004 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 16, batchSize: 64 },
};

const FINAL: RecipeFile = {
  architecture: [
    { conv2d: { filters: 8, kernelSize: 5, strides: 2, activation: "relu" } },
    { conv2d: { filters: 16, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { dropout: { rate: 0.25 } },
    { flatten: {} },
    { dense: { units: 80, activation: "relu" } },
    { dropout: { rate: 0.5 } },
    { dense: { units: "classes", activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate: 0.004 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 18, batchSize: 64 },
};

/** Handwritten digits, grey 28 x 28. */
export const mnist: Base = {
  id: "mnist",
  needs: "mnist",
  sizes: { train: 1500, test: 2400, check: 2400 },
  sets: ["tune", "final"],
  edition: 1,
  async pool(set): Promise<Pool> {
    const { pixels, labels } = digits("train");
    const [from, to] = [FROM[set], FROM[set] + COUNT];
    return {
      classes: CLASSES,
      shape: { height: 28, width: 28, channels: 1 },
      pixels: pixels.slice(from * 784, to * 784),
      labels: labels.slice(from, to),
      columns: {},
    };
  },
  recipe: (set) => structuredClone(set === "tune" ? TUNE : FINAL),
};
