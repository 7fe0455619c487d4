import { EFFORTS } from "../../audit/effort.ts";
import { type JobRequest, jobDigest } from "../../audit/job.ts";
import { type Lab, subjectArm } from "../../audit/lab.ts";
import { observationJobs } from "../../audit/observe.ts";
import { type Proof, prove } from "../../audit/prove.ts";
import { ALL_CAUSES } from "../../causes/index.ts";
import { errorsOf, rowWidth } from "../../causes/view.ts";
import type { StageContext } from "../stage.ts";
import { type Collected, collect } from "./collected.ts";
import { collectInferred } from "./inferred.ts";
import { inputOf } from "./input.ts";
import { failedJobs, type Replay, readResult, replay } from "./results.ts";

/** Goes into the digest of results. */
export const engineKey = ({ engine }: Collected["intake"]): string => `${engine.name} ${engine.version}`;

/** Replays the proof over the results that are stored. */
export async function replayProof(context: StageContext, lenient = false): Promise<Replay<Proof>> {
  const collected = await collect(context);
  const inferred = await collectInferred(context);
  const { effort } = inputOf(context);
  const program = (lab: Lab): Proof =>
    prove(
      { data: collected.data, recipe: collected.intake.recipe!, inferred, causes: ALL_CAUSES, effort: EFFORTS[effort] },
      lab,
    );
  return replay(
    context,
    collected.data.samples.hashes,
    engineKey(collected.intake),
    await failedJobs(context),
    program,
    lenient,
  );
}

/** The training runs of the observation: of the baseline, and of its cross-validation. */
export async function observation(
  context: StageContext,
): Promise<{ collected: Collected; baselines: JobRequest[]; folds: JobRequest[] }> {
  const collected = await collect(context);
  const arm = subjectArm(collected.intake.recipe!);
  return { collected, ...observationJobs(collected.data, arm, EFFORTS[inputOf(context).effort]) };
}

/**
 * Names the baseline's training run whose model is asked about changed copies, features and images beyond the audit set: the one
 * that errs as often as the middle one of the seeds (of two, the worse). Where training is unstable the first seed's may be a lucky one.
 * Nothing where none came to an end.
 */
export async function usualBaseline(context: StageContext): Promise<string | undefined> {
  const { collected, baselines } = await observation(context);
  const { data, intake } = collected;
  const width = rowWidth(data);
  const trained: { digest: string; error: number }[] = [];
  for (const job of baselines) {
    const digest = jobDigest(job, data.samples.hashes, engineKey(intake));
    const result = await readResult(context.store, digest);
    if (!result) continue;
    const values = result.probabilities.subarray(0, data.test.length * width);
    const errors = errorsOf({ rows: data.test, values }, data);
    trained.push({ digest, error: errors.reduce((sum, error) => sum + (error >= 0 ? error : 1), 0) });
  }
  trained.sort((a, b) => a.error - b.error);
  return trained[Math.floor(trained.length / 2)]?.digest;
}
