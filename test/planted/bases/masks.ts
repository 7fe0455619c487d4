import { maskedScenes, SCENE_CLASSES } from "../../../examples/segmentation/scenes.ts";
import type { LayerSpec } from "../../../src/model/types.ts";
import { deriveSeed } from "../../../src/random.ts";
import { MASK, maskText } from "../masks.ts";
import type { Base, Pool, RecipeFile } from "../types.ts";

const SIDE = { tune: 24, final: 28 } as const;
const COUNT = 1800;

const convolution = (filters: number, more: object = {}): LayerSpec => ({
  conv2d: { filters, kernelSize: 3, padding: "same", activation: "relu", ...more },
});

/** A small encoder-decoder: two levels down, and up again past what each level saw. */
const recipe = ([first, second, third]: number[], epochs: number, learningRate: number): RecipeFile => ({
  architecture: [
    convolution(first, { name: "fine" }),
    { maxPooling2d: { poolSize: 2 } },
    convolution(second, { name: "coarse" }),
    { maxPooling2d: { poolSize: 2 } },
    convolution(third),
    { upSampling2d: { size: [2, 2] } },
    { concatenate: { with: "coarse" } },
    convolution(second),
    { upSampling2d: { size: [2, 2] } },
    { concatenate: { with: "fine" } },
    convolution(first),
    { conv2d: { filters: "classes", kernelSize: 1, activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs, batchSize: 16 },
});

/**
 * The project's own scenes with their exact masks: mugs and plates anywhere in the image, as in the article's third example. An
 * image's label is the object that it was drawn for; it decides nothing but how a case's images are drawn.
 */
export const masks: Base = {
  id: "masks",
  task: "segmentation",
  sizes: { train: 400, test: 300, check: 400 },
  sets: ["tune", "final"],
  edition: 1,
  suits: [
    "insufficient-data",
    "leakage",
    "learning-rate-high",
    "learning-rate-low",
    "loss-mismatch",
    "too-few-epochs",
    "mild-augmentation",
    "odd-batch",
    "other-activation",
    "other-optimizer",
    "repeated-within-training",
  ],
  async pool(set): Promise<Pool> {
    const { shape, pixels, masks: drawn } = maskedScenes(COUNT, SIDE[set], deriveSeed(11, "planted masks", set));
    const size = shape.height * shape.width;
    return {
      classes: SCENE_CLASSES,
      shape,
      pixels,
      labels: Uint8Array.from({ length: COUNT }, (_, i) => 1 + (i % (SCENE_CLASSES.length - 1))),
      columns: {
        [MASK]: Array.from({ length: COUNT }, (_, i) => maskText(drawn.subarray(i * size, (i + 1) * size))),
      },
    };
  },
  recipe: (set) => (set === "tune" ? recipe([8, 16, 24], 20, 0.006) : recipe([6, 16, 32], 20, 0.005)),
};
