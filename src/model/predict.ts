import type { Tensor } from "@tensorflow/tfjs-core";
import type { ImageShape } from "../dataset/types.ts";
import type { Engine } from "../engine/types.ts";
import { InputError } from "../errors.ts";
import type { WriteImage } from "./preprocess.ts";

/** What prediction needs to know of a model's input. */
export interface ImageFeed {
  /** The data's shape. */
  shape: ImageShape;
  /** The model's channels. */
  channels: number;
  write: WriteImage;
}

/** Images that are predicted at once: as many as keep the activations of a usual network within some 100 MB. */
export const imagesAtOnce = (
  { height, width }: Pick<ImageShape, "height" | "width">,
  most: number,
  least = 1,
): number => Math.max(least, Math.min(most, Math.floor(1_000_000 / (height * width))));

/**
 * Runs images through `forward` in batches.
 *
 * @param pixels [images, height, width, channels], 0..255
 * @returns the outputs one after another, the number of values an image, and the dimensions of one batch's output
 */
export async function runBatches(
  { tf, synchronous }: Engine,
  feed: ImageFeed,
  pixels: Uint8Array,
  forward: (x: Tensor) => Tensor,
): Promise<{ values: Float32Array; width: number; dimensions: readonly number[] }> {
  const { height, width } = feed.shape;
  const images = imagesIn(pixels, feed.shape);
  const source = height * width * feed.shape.channels;
  const size = height * width * feed.channels;
  const most = imagesAtOnce(feed.shape, 128, 8);
  let values = new Float32Array(0);
  let outputs = 0;
  let dimensions: readonly number[] = [];
  for (let from = 0; from < images; from += most) {
    const count = Math.min(most, images - from);
    const batch = new Float32Array(count * size);
    for (let i = 0; i < count; i++) feed.write(pixels, (from + i) * source, batch, i * size);
    const output = tf.tidy(() => forward(tf.tensor4d(batch, [count, height, width, feed.channels])));
    const read = (synchronous ? output.dataSync() : await output.data()) as Float32Array;
    output.dispose();
    if (from === 0) {
      outputs = read.length / count;
      dimensions = output.shape;
      values = new Float32Array(images * outputs);
    }
    values.set(read, from * outputs);
  }
  return { values, width: outputs, dimensions };
}

/** The number of images in a block of pixels. */
export function imagesIn(pixels: Uint8Array, { height, width, channels }: ImageShape): number {
  const images = pixels.length / (height * width * channels);
  if (!Number.isInteger(images))
    throw new InputError({
      file: "pixels",
      problem: `${pixels.length} bytes are no whole number of images of ${height} x ${width} x ${channels}.`,
      remedy: "Give images of the size that the model was opened for.",
    });
  return images;
}
