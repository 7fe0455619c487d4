import type { ImageShape } from "../dataset/types.ts";
import type { Engine } from "../engine/types.ts";
import { train } from "../model/train.ts";
import type { EpochPoint, LabelledImages, MaskedImages, Predictor } from "../model/types.ts";
import { maskRow, maskRowWidth } from "../stats/mask-row.ts";
import type { JobRequest, JobResult, LabelledRows } from "./job.ts";

/** The pixels of every sample, [samples, height, width, channels], 0..255. */
export interface Pixels {
  shape: ImageShape;
  values: Uint8Array;
  /** [samples, height, width], class indices or 255. */
  masks?: Uint8Array;
}

const bytesOf = ({ height, width, channels }: ImageShape): number => height * width * channels;

/** The pixels of some rows, copied together. */
export const pixelsOf = ({ shape, values }: Pixels, rows: Int32Array): Uint8Array => pick(values, bytesOf(shape), rows);

function pick(values: Uint8Array, size: number, rows: Int32Array): Uint8Array {
  const picked = new Uint8Array(rows.length * size);
  rows.forEach((row, i) => void picked.set(values.subarray(row * size, (row + 1) * size), i * size));
  return picked;
}

function labelled(pixels: Pixels, { rows, labels }: LabelledRows, { task }: JobRequest): LabelledImages | MaskedImages {
  const { shape } = pixels;
  const images = { shape, pixels: pixelsOf(pixels, rows) };
  if (task !== "segmentation") return { ...images, labels };
  return { ...images, masks: pick(pixels.masks!, shape.height * shape.width, rows) };
}

/** Probabilities of pixels held at a time, about. */
const MOST_OUTPUTS = 4_000_000;

/**
 * What is kept of the predicted masks of some rows, [rows, maskRowWidth]: a few images are predicted at a time, so memory does not
 * grow with their number.
 */
export async function predictMasks(
  model: Predictor,
  pixels: Pixels,
  rows: Int32Array,
  classes: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { height, width } = pixels.shape;
  const size = height * width;
  const step = Math.max(1, Math.floor(MOST_OUTPUTS / (size * classes)));
  const kept = new Float32Array(rows.length * maskRowWidth(classes));
  for (let from = 0; from < rows.length; from += step) {
    signal?.throwIfAborted();
    const some = rows.subarray(from, from + step);
    const probabilities = await model.predict(pixelsOf(pixels, some));
    some.forEach((row, i) => {
      const values = pixels.masks!.subarray(row * size, (row + 1) * size);
      const own = probabilities.subarray(i * size * classes, (i + 1) * size * classes);
      kept.set(maskRow(own, { values, height, width }, classes), (from + i) * maskRowWidth(classes));
    });
  }
  return kept;
}

/** Trains and predicts. The model itself is handed back where the job asks to keep it. */
export async function runJob(
  engine: Engine,
  job: JobRequest,
  pixels: Pixels,
  hooks: { onEpoch?: (point: EpochPoint) => void; signal?: AbortSignal } = {},
): Promise<{ result: JobResult; model?: Uint8Array }> {
  const model = await train(engine, job.recipe, labelled(pixels, job.train, job), {
    seed: job.seed,
    classes: job.classes,
    steps: job.steps,
    validation: job.watch.rows.length > 0 ? labelled(pixels, job.watch, job) : undefined,
    ...hooks,
  });
  try {
    const { curve, diverged, parameters, steps } = model.summary;
    const probabilities =
      job.task === "segmentation"
        ? await predictMasks(model, pixels, job.predict, job.classes, hooks.signal)
        : await model.predict(pixelsOf(pixels, job.predict));
    return {
      result: { probabilities, curve, diverged, parameters, steps },
      model: job.keepModel ? await model.save() : undefined,
    };
  } finally {
    model.dispose();
  }
}
