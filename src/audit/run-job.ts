import type { ImageShape } from "../dataset/types.ts";
import type { Engine } from "../engine/types.ts";
import { train } from "../model/train.ts";
import type { EpochPoint, LabelledImages } from "../model/types.ts";
import type { JobRequest, JobResult, LabelledRows } from "./job.ts";

/** The pixels of every sample, [samples, height, width, channels], 0..255. */
export interface Pixels {
  shape: ImageShape;
  values: Uint8Array;
}

const bytesOf = ({ height, width, channels }: ImageShape): number => height * width * channels;

/** The pixels of some rows, copied together. */
export function pixelsOf(pixels: Pixels, rows: Int32Array): Uint8Array {
  const size = bytesOf(pixels.shape);
  const picked = new Uint8Array(rows.length * size);
  rows.forEach((row, i) => void picked.set(pixels.values.subarray(row * size, (row + 1) * size), i * size));
  return picked;
}

const labelled = (pixels: Pixels, { rows, labels }: LabelledRows): LabelledImages => ({
  shape: pixels.shape,
  pixels: pixelsOf(pixels, rows),
  labels,
});

/** Trains and predicts. The model itself is handed back where the job asks to keep it. */
export async function runJob(
  engine: Engine,
  job: JobRequest,
  pixels: Pixels,
  hooks: { onEpoch?: (point: EpochPoint) => void; signal?: AbortSignal } = {},
): Promise<{ result: JobResult; model?: Uint8Array }> {
  const model = await train(engine, job.recipe, labelled(pixels, job.train), {
    seed: job.seed,
    classes: job.classes,
    steps: job.steps,
    validation: job.watch.rows.length > 0 ? labelled(pixels, job.watch) : undefined,
    ...hooks,
  });
  try {
    const { curve, diverged, parameters, steps } = model.summary;
    const probabilities = await model.predict(pixelsOf(pixels, job.predict));
    return {
      result: { probabilities, curve, diverged, parameters, steps },
      model: job.keepModel ? await model.save() : undefined,
    };
  } finally {
    model.dispose();
  }
}
