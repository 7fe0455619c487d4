import { createHash } from "node:crypto";
import type { Task } from "../dataset/types.ts";
import type { EpochPoint, Recipe } from "../model/types.ts";

/** Rows of the dataset's samples, in order, with the label that each is given. */
export interface LabelledRows {
  rows: Int32Array;
  labels: Int32Array;
}

/** One training run. Equal requests give equal results on one engine, so results are kept under the request's digest. */
export interface JobRequest {
  /** For people: "baseline", "label-noise: drop"... Not part of the digest. */
  name: string;
  recipe: Recipe;
  /** Of masks only: labels are then the samples' masks, and nothing but `maskRow` is kept of a prediction. */
  task?: Task;
  classes: number;
  train: LabelledRows;
  seed: number;
  /** Optimizer steps, so that arms with more or fewer images are compared at equal steps. */
  steps: number;
  /** Rows whose class probabilities are wanted. */
  predict: Int32Array;
  /** Judged after each epoch for the curves; never test rows. */
  watch: LabelledRows;
  /** Keep the weights, for the infer stage. */
  keepModel: boolean;
}

export interface JobResult {
  /** [predict rows, classes]; of masks [predict rows, maskRowWidth] */
  probabilities: Float32Array;
  curve: EpochPoint[];
  diverged: boolean;
  parameters: number;
  steps: number;
}

/**
 * Names a job by all that its result depends on: recipe, the pixels and labels trained on in their order, the pixels
 * predicted, seed, steps and engine. A re-audit after a small change repeats only what this digest says has changed.
 *
 * @param hashes digest of the pixels of each sample, and of its mask where it has one, by row
 * @param engine name and version of the engine
 */
export function jobDigest(job: JobRequest, hashes: string[], engine: string): string {
  const digest = createHash("sha256");
  digest.update(
    JSON.stringify([
      engine,
      canonical(job.recipe),
      job.classes,
      job.seed,
      job.steps,
      job.keepModel,
      ...(job.task ? [job.task] : []),
    ]),
  );
  for (const part of [job.train, job.watch]) {
    part.rows.forEach((row, i) => void digest.update(`${hashes[row]}:${part.labels[i]};`));
    digest.update("|");
  }
  for (const row of job.predict) digest.update(`${hashes[row]};`);
  return digest.digest("hex").slice(0, 40);
}

/** What a job costs in images passed through training. */
export const jobCost = (job: JobRequest): number => job.steps * job.recipe.fit.batchSize;

/** The same value with object keys in order, so that equal recipes have equal digests. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, canonical(member)]),
  );
}
