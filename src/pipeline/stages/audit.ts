import { EFFORTS } from "../../audit/effort.ts";
import { type JobRequest, jobDigest } from "../../audit/job.ts";
import { type Arm, type Lab, subjectArm } from "../../audit/lab.ts";
import { observationJobs } from "../../audit/observe.ts";
import { type Proof, prove } from "../../audit/prove.ts";
import { ALL_CAUSES } from "../../causes/index.ts";
import type { StageContext } from "../stage.ts";
import { type Collected, collect } from "./collected.ts";
import { collectInferred } from "./inferred.ts";
import { inputOf } from "./input.ts";
import { failedJobs, type Replay, replay } from "./results.ts";

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

/** The training runs of the baseline. The first one keeps its model. */
export async function baselineJobs(
  context: StageContext,
): Promise<{ collected: Collected; arm: Arm; jobs: JobRequest[] }> {
  const collected = await collect(context);
  const arm = subjectArm(collected.intake.recipe!);
  const { baselines, folds } = observationJobs(collected.data, arm, EFFORTS[inputOf(context).effort]);
  return { collected, arm, jobs: [...baselines, ...folds] };
}

/** Names the training run whose model is kept: the baseline's on its first seed. */
export async function firstBaseline(context: StageContext): Promise<string> {
  const { collected, jobs } = await baselineJobs(context);
  return jobDigest(jobs[0], collected.data.samples.hashes, engineKey(collected.intake));
}
