import { expect } from "vitest";
import { EFFORTS } from "../../src/audit/effort.ts";
import type { JobRequest, JobResult } from "../../src/audit/job.ts";
import { jobDigest } from "../../src/audit/job.ts";
import { PendingJobs, storedLab, timesOneRun } from "../../src/audit/lab.ts";
import type { Ingested } from "../../src/audit/observe.ts";
import { prove } from "../../src/audit/prove.ts";
import { judgements } from "../../src/audit/verdicts.ts";
import { ALL_CAUSES } from "../../src/causes/index.ts";
import type { Recipe } from "../../src/model/types.ts";
import { deriveSeed, random } from "../../src/random.ts";

/** A world without tensors: images have a difficulty, jobs a skill; a model errs where difficulty beats skill and luck. */
export interface World {
  data: Ingested;
  recipe: Recipe;
  train(job: JobRequest): JobResult;
}

const CLASSES = 4;

/**
 * @param skill of a job, and `on` an image beside that; more is better. Equal for all jobs: a null world. About one image in ten is wrong at skill 0.
 */
export function simulate(
  seed: number,
  sizes: { train: number; test: number },
  skill: (job: JobRequest) => { skill: number; training?: number; falling?: boolean; on?(row: number): number },
): World {
  const chance = random(deriveSeed(seed, "world"));
  const images = sizes.train + sizes.test;
  const difficulty = Float64Array.from({ length: images }, () => chance.normal() - 1.6);
  const rows = Int32Array.from({ length: images }, (_, row) => row);
  const data: Ingested = {
    seed,
    classes: ["a", "b", "c", "d"],
    shape: { height: 8, width: 8, channels: 1 },
    samples: {
      files: Array.from(rows, (row) => `${row}.png`),
      labels: rows.map((row) => row % CLASSES),
      splits: Array.from(rows, (row) => (row < sizes.train ? "train" : "test")),
      groups: Array.from(rows, () => undefined),
      hashes: Array.from(rows, (row) => `hash${row}`),
      columns: [],
    },
    train: rows.subarray(0, sizes.train),
    validation: new Int32Array(0),
    test: rows.subarray(sizes.train),
    duplicates: [],
  };
  const recipe: Recipe = {
    architecture: [
      { conv2d: { filters: 8, kernelSize: 3, activation: "relu" } },
      { flatten: {} },
      { dense: { units: 16, activation: "relu" } },
      { dense: { units: CLASSES, activation: "softmax" } },
    ],
    compile: { optimizer: { name: "adam", learningRate: 0.001 }, loss: "sparseCategoricalCrossentropy" },
    fit: { epochs: 10, batchSize: 32 },
    input: { size: [8, 8], channels: 1, scale: "0..1", order: "rgb" },
  };
  return {
    data,
    recipe,
    train(job) {
      const { skill: able, training = 0.99, falling = false, on = () => 0 } = skill(job);
      const luck = random(deriveSeed(seed, "job", jobDigest(job, data.samples.hashes, "simulated")));
      const wobble = 0.08 * luck.normal();
      const trained = new Set(job.train.rows);
      const probabilities = new Float32Array(job.predict.length * CLASSES);
      job.predict.forEach((row, i) => {
        const label = data.samples.labels[row];
        const wrong = trained.has(row)
          ? luck.float() > training
          : difficulty[row] + 0.5 * luck.normal() > able + on(row) + wobble;
        const said = wrong ? (label + 1 + luck.int(CLASSES - 1)) % CLASSES : label;
        for (let k = 0; k < CLASSES; k++) probabilities[i * CLASSES + k] = k === said ? 0.7 : 0.1;
      });
      const curve = Array.from({ length: 10 }, (_, epoch) => ({
        epoch: epoch + 1,
        loss: falling ? 2 * 0.8 ** epoch : 0.1 + 0.5 ** epoch,
        accuracy: training,
      }));
      return { probabilities, curve, diverged: false, parameters: 1000, steps: job.steps };
    },
  };
}

/** Runs the audit in a simulated world, round by round as the pipeline does. */
export function audit({ data, recipe, train }: World, effort: keyof typeof EFFORTS = "quick") {
  const results = new Map<string, ReturnType<World["train"]>>();
  for (let round = 0; ; round++) {
    expect(round).toBeLessThan(30);
    const lab = storedLab((job) => results.get(jobDigest(job, data.samples.hashes, "simulated")));
    try {
      const proof = prove({ data, recipe, causes: ALL_CAUSES, effort: EFFORTS[effort] }, lab);
      return { proof, ...judgements(proof), cost: timesOneRun(lab.asked.values(), proof.view, recipe), rounds: round };
    } catch (error) {
      if (!(error instanceof PendingJobs)) throw error;
      for (const job of error.jobs) results.set(jobDigest(job, data.samples.hashes, "simulated"), train(job));
    }
  }
}

export const confirmed = ({ ranked }: ReturnType<typeof audit>) =>
  ranked.filter(({ verdict }) => verdict === "confirmed").map(({ cause }) => cause.id);
