/** The article's three networks: mugs and plates, a deep net for digits without dropout, and segmentation with a dense head. */
import type { LayerSpec } from "../src/model/types.ts";

export interface Network {
  name: string;
  /** In the short form; the peers build the same from it. */
  architecture: LayerSpec[];
  size: number;
  channels: 1 | 3;
  classes: number;
  batchSize: number;
  /** Images of an epoch. */
  images: number;
  /** One label an image, or one a pixel. */
  task: "classification" | "segmentation";
}

const conv = (filters: number, padding = "valid") => ({
  conv2d: { filters, kernelSize: 3, padding, activation: "relu" },
});
const pool = { maxPooling2d: { poolSize: 2 } };
const flatten = { flatten: {} };
const dense = (units: number, activation = "relu") => ({ dense: { units, activation } });

export const NETWORKS: readonly Network[] = [
  {
    name: "mugs and plates, 32x32x3, batch 32",
    architecture: [conv(16), pool, conv(32), pool, flatten, { dropout: { rate: 0.3 } }, dense(64), dense(2, "softmax")],
    size: 32,
    channels: 3,
    classes: 2,
    batchSize: 32,
    images: 2048,
    task: "classification",
  },
  {
    name: "deep net for digits, no dropout, 28x28x1, batch 64",
    architecture: [
      ...[conv(32, "same"), conv(32, "same"), pool, conv(64, "same"), conv(64, "same"), pool],
      ...[flatten, dense(256), dense(128), dense(10, "softmax")],
    ],
    size: 28,
    channels: 1,
    classes: 10,
    batchSize: 64,
    images: 1024,
    task: "classification",
  },
  {
    name: "segmentation with a dense head, 64x64x1, batch 32",
    architecture: [conv(8, "same"), pool, conv(16, "same"), pool, flatten, dense(128), dense(64 * 64, "sigmoid")],
    size: 64,
    channels: 1,
    classes: 2,
    batchSize: 32,
    images: 1024,
    task: "segmentation",
  },
];

/** Pixels of images that mean nothing: speed does not depend on what is seen. Both sides draw the same. */
export function pixelsOf({ size, channels, images }: Pick<Network, "size" | "channels" | "images">): Uint8Array {
  const pixels = new Uint8Array(images * size * size * channels);
  for (let i = 0, state = 1; i < pixels.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    pixels[i] = state >>> 24;
  }
  return pixels;
}
