import type { ImageShape } from "../dataset/types.ts";
import type { LayerSpec, Recipe } from "./types.ts";

/** Filters of the blocks, first to last. */
const FILTERS = [16, 32, 64, 64, 64];

/**
 * A small network for a dataset that comes with no recipe: blocks of a convolution and a pooling until about 6 pixels are left,
 * a dense layer, dropout. The fewer images, the more epochs, so that training has some thousand steps to converge.
 *
 * @param images of the training split
 */
export function defaultRecipe(shape: ImageShape, classes: number, images: number): Recipe {
  const side = Math.min(shape.height, shape.width);
  const blocks = Math.max(1, Math.min(FILTERS.length, Math.round(Math.log2(side / 6))));
  const architecture = FILTERS.slice(0, blocks).flatMap((filters): LayerSpec[] => [
    { conv2d: { filters, kernelSize: 3, padding: "same", activation: "relu" } },
    ...(side >= 2 ** blocks ? [{ maxPooling2d: { poolSize: 2 } }] : []),
  ]);
  architecture.push(
    { flatten: {} },
    { dense: { units: 64, activation: "relu" } },
    { dropout: { rate: 0.25 } },
    { dense: { units: classes, activation: "softmax" } },
  );
  return {
    architecture,
    compile: { optimizer: { name: "adam", learningRate: 0.001 }, loss: "sparseCategoricalCrossentropy" },
    fit: { epochs: Math.max(5, Math.min(40, Math.ceil(60_000 / Math.max(1, images)))), batchSize: 32 },
    input: { size: [shape.height, shape.width], channels: shape.channels, scale: "0..1", order: "rgb" },
  };
}
