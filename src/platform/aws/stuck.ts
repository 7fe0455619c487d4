/** Why a run does not move, judged from its queue, its GPU jobs and the clock. */
import type { RunStatus } from "../../pipeline/run.ts";

export interface QueueState {
  ready: number;
  inFlight: number;
  /** Dead letters. */
  dead: number;
}

/** Number of GPU jobs by state (SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING). */
export type GpuJobs = Record<string, number>;

export interface StuckFacts {
  status: Pick<RunStatus, "stage" | "openedAt" | "lastEvent" | "done" | "failed" | "total" | "deadline">;
  finalDeadline: number;
  runsOn: "function" | "gpu";
  queue: QueueState;
  /** Absent where the fleet is not known. */
  gpu?: GpuJobs;
  hasFleet: boolean;
  now: number;
}

/** Something that moved so recently is not stuck; the sweeper and the fleet's starter look once a minute. */
const QUIET_MS = 2 * 60_000;

/** Nothing where something moved of late. */
export function likelyReason(facts: StuckFacts): string | undefined {
  const { status, finalDeadline, queue, runsOn, now } = facts;
  if (now >= finalDeadline + QUIET_MS)
    return "Its last deadline is over and nobody ended it: the function sweep does not run. Look at its log and its rule.";
  if (now - Math.max(status.lastEvent.at, status.openedAt) < QUIET_MS) return undefined;
  if (status.stage === "") return "It was opened and nothing was planned: look at the log of the function intake.";
  if (now >= status.deadline && status.stage !== "report")
    return "Its deadline is over: within a minute the sweeper goes on to the report, of what there is.";
  if (queue.ready + queue.inFlight === 0) return emptyQueue(queue);
  return runsOn === "gpu" ? waitingForGpu(facts) : waitingForFunction(status.stage, queue);
}

function emptyQueue({ dead }: QueueState): string {
  if (dead > 0)
    return `${dead} of its messages were tried too often: within a minute the sweeper records them as failed.`;
  return "Its queue is empty: within a minute the sweeper sends again what is missing. If that does not help, look at the log of the function sweep.";
}

function waitingForFunction(stage: string, { ready, inFlight }: QueueState): string {
  if (inFlight === 0)
    return `${ready} messages wait and the function ${stage} takes none: is its trigger switched on, are the account's concurrent executions used up?`;
  return `${inFlight} messages are with the function ${stage} or hidden since one failed: they come back within half an hour. Its log says what happens.`;
}

function waitingForGpu({ queue: { ready, inFlight }, gpu, hasFleet }: StuckFacts): string {
  if (inFlight > 0)
    return `${inFlight} items are with GPU workers: a training run can take long. A worker that died gives its item back after five minutes.`;
  const waiting = `${ready} items wait for a GPU worker`;
  if (!hasFleet)
    return `${waiting} and no fleet was found: deploy the GPU stack (npx cdk deploy --all -c team=<team>).`;
  const count = (...states: string[]) => states.reduce((sum, state) => sum + (gpu?.[state] ?? 0), 0);
  if (count("RUNNING") > 0) return `${waiting}: those that run are busy or about to take one.`;
  if (count("STARTING") > 0)
    return `${waiting}: an instance was found and its image is being fetched, some minutes the first time.`;
  if (count("SUBMITTED", "PENDING", "RUNNABLE") > 0)
    return `${waiting} and AWS has no instance for it: no quota for G instances, or no spot capacity just now. Batch gives the job up after half an hour, and the next minute asks again.`;
  return `${waiting} and none was asked for: the function fleet starts one a minute; its log says why not.`;
}
