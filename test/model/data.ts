import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { LabelledImages, Recipe } from "../../src/model/types.ts";
import { random } from "../../src/random.ts";

/** Public data sets for tests; tests that need them are skipped where they are absent. */
export const DATA = process.env.ERRATA_DATA ?? join(import.meta.dirname, "../../../shared/data");
export const dataPath = (file: string): string => join(DATA, file);
export const missing = (file: string): boolean => {
  const absent = !existsSync(dataPath(file));
  if (absent) console.warn(`Skipped: ${file} is not there. Set ERRATA_DATA to the folder that holds it.`);
  return absent;
};

/** The first images of MNIST, read from its IDX files. */
export function mnist(split: "train" | "t10k", images: number): LabelledImages {
  const read = (name: string) => gunzipSync(readFileSync(dataPath(`mnist/${split}-${name}-ubyte.gz`)));
  const labels = read("labels-idx1");
  const pixels = read("images-idx3");
  return {
    shape: { height: 28, width: 28, channels: 1 },
    pixels: new Uint8Array(pixels.subarray(16, 16 + images * 784)),
    labels: Int32Array.from(labels.subarray(8, 8 + images)),
  };
}

/** Images that are learnt in seconds: class k is bright in its k-th stripe of rows. [images, size, size, channels] */
export function stripes(images: number, classes: number, size = 12, channels: 1 | 3 = 1, seed = 1): LabelledImages {
  const source = random(seed);
  const row = size * channels;
  const pixels = new Uint8Array(images * size * row);
  const labels = Int32Array.from({ length: images }, (_, i) => i % classes);
  const height = Math.floor(size / classes);
  for (let i = 0; i < images; i++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < row; x++) {
        const bright = Math.floor(y / height) === labels[i];
        pixels[(i * size + y) * row + x] = source.int(90) + (bright ? 120 : 0);
      }
  return { shape: { height: size, width: size, channels }, pixels, labels };
}

/** A small recipe for `stripes`; parts can be replaced. */
export function smallRecipe(changes: Partial<Recipe> = {}, classes = 3): Recipe {
  return {
    architecture: [
      { conv2d: { filters: 4, kernelSize: 3, activation: "relu" } },
      { maxPooling2d: { poolSize: 2 } },
      { flatten: {} },
      { dense: { units: classes, activation: "softmax" } },
    ],
    compile: { optimizer: { name: "adam", learningRate: 0.01 }, loss: "sparseCategoricalCrossentropy" },
    fit: { epochs: 4, batchSize: 16 },
    input: { size: [12, 12], channels: 1, scale: "0..1", order: "rgb" },
    ...changes,
  };
}
