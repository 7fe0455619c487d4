import type { ImageShape } from "../dataset/types.ts";
import { augmenter, imageSeed, isActive, maskAugmenter } from "./augment.ts";
import { imageWriter, type ModelInput } from "./preprocess.ts";
import type { Augmentation } from "./types.ts";

/** What images need to become what the first layer sees. Plain data: another thread can be told. */
export interface BatchSetup {
  shape: ImageShape;
  input: ModelInput;
  augmentation?: Augmentation;
}

/** Images in memory, and their masks where they have some. */
export interface BatchSource {
  /** [images, height, width, channels], 0..255 */
  pixels: Uint8Array;
  /** [images, height, width] */
  masks?: Uint8Array;
}

/** What a training step gets. Both arrays are new: whoever asked for them may keep them. */
export interface Batch {
  /** [rows, height, width, the model's channels] */
  values: Float32Array;
  /** [rows, height, width] */
  masks?: Uint8Array;
}

/** Makes a batch of the images at `rows`, changed as their seeds say. */
export type MakeBatch = (source: BatchSource, rows: ArrayLike<number>, seeds: ArrayLike<number>) => Batch;

export const seedsOf = (rows: ArrayLike<number>, epochSeed: number): Int32Array =>
  Int32Array.from(rows, (row) => imageSeed(epochSeed, row));

/** The same source, rows and seeds give the same bits, in whichever thread. @throws InputError where the sizes differ */
export function batchMaker({ shape, input, augmentation }: BatchSetup): MakeBatch {
  const pixelsEach = shape.height * shape.width;
  const size = pixelsEach * shape.channels;
  const valuesEach = pixelsEach * input.channels;
  const write = imageWriter(shape, input);
  const augment = isActive(augmentation) ? augmenter(augmentation, shape) : undefined;
  const augmentMask = isActive(augmentation) ? maskAugmenter(augmentation, shape) : undefined;
  const changed = new Float32Array(size);
  return ({ pixels, masks }, rows, seeds) => {
    const batch: Batch = { values: new Float32Array(rows.length * valuesEach) };
    if (masks) batch.masks = new Uint8Array(rows.length * pixelsEach);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (augment) {
        augment(pixels, row * size, seeds[i], changed);
        write(changed, 0, batch.values, i * valuesEach);
      } else write(pixels, row * size, batch.values, i * valuesEach);
      if (!masks || !batch.masks) continue;
      if (augmentMask) augmentMask(masks, row * pixelsEach, seeds[i], batch.masks, i * pixelsEach);
      else batch.masks.set(masks.subarray(row * pixelsEach, (row + 1) * pixelsEach), i * pixelsEach);
    }
    return batch;
  };
}

/** The images at `rows` by themselves, for a thread that cannot see the others. */
export function gather({ pixels, masks }: BatchSource, rows: ArrayLike<number>, shape: ImageShape): BatchSource {
  const pick = (from: Uint8Array, size: number): Uint8Array => {
    const picked = new Uint8Array(rows.length * size);
    for (let i = 0; i < rows.length; i++) picked.set(from.subarray(rows[i] * size, (rows[i] + 1) * size), i * size);
    return picked;
  };
  const pixelsEach = shape.height * shape.width;
  return { pixels: pick(pixels, pixelsEach * shape.channels), ...(masks && { masks: pick(masks, pixelsEach) }) };
}
