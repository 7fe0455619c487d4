import type { Intervention } from "../causes/types.ts";
import { ofMasks, type View } from "../causes/view.ts";
import type { Recipe } from "../model/types.ts";
import { deriveSeed, random } from "../random.ts";
import { EFFORTS } from "./effort.ts";
import { type JobRequest, type JobResult, jobCost, type LabelledRows } from "./job.ts";
import { unitsByLabel } from "./units.ts";

/** What is trained: the subject's recipe on its training rows, with everything that was changed so far. */
export interface Arm {
  name: string;
  recipe: Recipe;
  drop: Int32Array;
  /** Part of each class's rows that every seed draws for itself; 1 is all of them. */
  part: number;
  move: Int32Array;
  /** Rows that are predicted beside the test rows. */
  judge: Int32Array;
}

/** Thrown where results are needed that are not there yet. The jobs become the next round of work; then the audit is replayed. */
export class PendingJobs extends Error {
  constructor(readonly jobs: JobRequest[]) {
    super(`${jobs.length} training runs to do`);
  }
}

/** Takes steps that each may ask for training runs, and asks for all of them at once. */
export function allAtOnce(steps: (() => void)[]): void {
  const pending: JobRequest[] = [];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      if (!(error instanceof PendingJobs)) throw error;
      pending.push(...error.jobs);
    }
  }
  if (pending.length > 0) throw new PendingJobs(pending);
}

/** Gives the results of jobs, or throws `PendingJobs`. Training runs that failed for good are `undefined`. */
export interface Lab {
  results(jobs: JobRequest[]): (JobResult | undefined)[];
}

/** A lab over stored results: what is missing is asked for, all at once. */
export function storedLab(
  stored: (job: JobRequest) => JobResult | "failed" | undefined,
): Lab & { asked: Map<string, JobRequest> } {
  const asked = new Map<string, JobRequest>();
  return {
    asked,
    results(jobs) {
      const found = jobs.map((job) => {
        asked.set(`${job.name}#${job.seed}`, job);
        return stored(job);
      });
      const pending = jobs.filter((_, i) => found[i] === undefined);
      if (pending.length > 0) throw new PendingJobs(pending);
      return found.map((result) => (result === "failed" ? undefined : result));
    },
  };
}

const SUBJECT = "baseline";
/** Exploring seeds that any effort has of the baseline. */
const BASELINES = Math.max(...Object.values(EFFORTS).map(({ baselineSeeds }) => baselineSeeds));

/** Seeds that variants are explored on, and fresh ones that claims are quoted from. They never meet. */
export const exploreSeeds = (seed: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => deriveSeed(seed, "explore", k));
export const freshSeeds = (seed: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => deriveSeed(seed, "fresh", k));

export const subjectArm = (recipe: Recipe): Arm => ({
  name: SUBJECT,
  recipe,
  drop: new Int32Array(0),
  part: 1,
  move: new Int32Array(0),
  judge: new Int32Array(0),
});

/** `arm` with interventions applied on top. */
export function withInterventions(
  arm: Arm,
  interventions: Intervention[],
  name = interventions.map(({ id }) => id).join(" + "),
): Arm {
  return interventions.reduce<Arm>(
    (changed, intervention) => ({
      name: changed.name,
      recipe: intervention.change?.(changed.recipe) ?? changed.recipe,
      drop: union(changed.drop, intervention.drop),
      part: changed.part * (intervention.part ?? 1),
      move: union(changed.move, intervention.move),
      judge: union(changed.judge, intervention.judge),
    }),
    { ...arm, name: arm.name === SUBJECT ? name : `${arm.name} + ${name}` },
  );
}

const union = (rows: Int32Array, more: Int32Array | undefined): Int32Array =>
  more ? Int32Array.from(new Set([...rows, ...more])).sort() : rows;

/** The rows that an arm trains on with one seed, with their labels. */
export function trainingRows(view: Pick<View, "train" | "samples">, arm: Arm, seed: number): LabelledRows {
  const dropped = new Set(arm.drop);
  const all = Int32Array.from([...view.train.filter((row) => !dropped.has(row)), ...arm.move]);
  const rows = arm.part < 1 ? partOfEach(all, view.samples, arm.part, deriveSeed(seed, "part", arm.part)) : all;
  return { rows, labels: rows.map((row) => view.samples.labels[row]) };
}

/** A part of each class's rows, at least one, in their order; rows of one group stay together. */
function partOfEach(rows: Int32Array, samples: View["samples"], part: number, seed: number): Int32Array {
  const chance = random(seed);
  const kept = new Set<number>();
  for (const units of unitsByLabel(samples, rows).values())
    for (const unit of chance.sample(units, Math.max(1, Math.round(part * units.length))))
      for (const row of unit) kept.add(row);
  return rows.filter((row) => kept.has(row));
}

/**
 * Optimizer steps of an arm: its epochs over the subject's own number of images. Dropping or moving images must not
 * change how long an arm is trained, or length would be taken for a gain.
 */
export const armSteps = (images: number, recipe: Recipe): number =>
  recipe.fit.epochs *
  Math.max(
    1,
    recipe.fit.dropRemainder ? Math.floor(images / recipe.fit.batchSize) : Math.ceil(images / recipe.fit.batchSize),
  );

/** Rows watched while training, for the curves; enough for a smooth line. */
const WATCHED = 1000;

/**
 * The job that trains `arm` with one seed and predicts the test rows. On the first exploring seed it predicts its own
 * training split as well, which shows how far it fits what it was given. The baseline's models of exploring seeds are kept. Of masks the
 * first fresh seed's are kept too: a report shows what the fixed model draws.
 */
export function armJob(
  view: Pick<View, "seed" | "task" | "classes" | "train" | "validation" | "test" | "samples">,
  arm: Arm,
  seed: number,
): JobRequest {
  const watched = view.validation.slice(0, WATCHED);
  const first = seed === exploreSeeds(view.seed, 1)[0];
  return {
    name: arm.name,
    recipe: arm.recipe,
    classes: view.classes.length,
    train: trainingRows(view, arm, seed),
    seed,
    steps: armSteps(view.train.length, arm.recipe),
    predict: Int32Array.from([...view.test, ...(first ? view.train : arm.judge)]),
    watch: { rows: watched, labels: watched.map((row) => view.samples.labels[row]) },
    keepModel:
      (arm.name === SUBJECT && exploreSeeds(view.seed, BASELINES).includes(seed)) ||
      (ofMasks(view) && seed === freshSeeds(view.seed, 1)[0]),
    ...(ofMasks(view) ? { task: view.task } : {}),
  };
}

/** Cost of jobs in training runs of the subject. */
export const timesOneRun = (jobs: Iterable<JobRequest>, view: View, recipe: Recipe): number => {
  let images = 0;
  for (const job of jobs) images += jobCost(job);
  return images / (armSteps(view.train.length, recipe) * recipe.fit.batchSize);
};
