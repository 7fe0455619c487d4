import { jobDigest } from "../../audit/job.ts";
import { runJob } from "../../audit/run-job.ts";
import { openEngine } from "../../engine/open.ts";
import { defineStage, type StageContext, type WorkHooks, type WorkItem } from "../stage.ts";
import { engineKey, observation } from "./audit.ts";
import { collectPixels, readIntake } from "./collected.ts";
import { planJobs, readJob, writeResult } from "./results.ts";

/** Trains the subject as given, over seeds and over the folds of a cross-validation. */
export const train = defineStage("train", {
  async plan(context, round) {
    if (round > 0 || !(await readIntake(context)).recipe) return [];
    const { collected, baselines, folds } = await observation(context);
    const jobs = [...baselines, ...folds];
    const digests = jobs.map(
      (job) => [jobDigest(job, collected.data.samples.hashes, engineKey(collected.intake)), job] as const,
    );
    return planJobs(context, new Map(digests));
  },
  work: workJob,
});

/** One training run, whichever stage asked for it. */
export async function workJob(context: StageContext, item: WorkItem, hooks: WorkHooks): Promise<void> {
  const { engine: chosen } = await readIntake(context);
  const engine = await openEngine(chosen.name);
  const job = await readJob(context.store, item.id);
  const { result, model } = await runJob(engine, job, await collectPixels(context), {
    onEpoch: ({ epoch }) => hooks.progress(`${job.name}, epoch ${epoch}`),
    signal: hooks.signal,
  });
  await writeResult(context.store, item.id, result, model);
}
