/** Where a run in a team's account stands, and why it does not move where it does not. */
import { InputError } from "../../errors.ts";
import type { Ports, RunState } from "../../pipeline/ports.ts";
import { type RunStatus, readRequest, status } from "../../pipeline/run.ts";
import { STAGES } from "../../pipeline/stage-list.ts";
import { reportKey } from "../../pipeline/stages/keys.ts";
import type { Fleet } from "./fleet.ts";
import { UPLOADS } from "./names.ts";
import { type GpuJobs, likelyReason, type QueueState } from "./stuck.ts";

export interface CloudStatus extends RunStatus {
  /** Of the stage's queue; absent where the run is over. */
  queue?: QueueState;
  /** Of GPU workers by state, where the stage needs them and there is a fleet. */
  gpu?: GpuJobs;
  /** Why nothing moves, as far as can be told; absent while something does. */
  reason?: string;
  /** Where the report lies once the run is finished, or `failed.json` where it failed. */
  result?: string;
  /** The end in one sentence. */
  says?: string;
  remedy?: string;
}

export interface WatchedTeam {
  ports: Ports;
  bucket: string;
  /** Absent where the GPU stack is not deployed. */
  fleet?: Fleet;
}

/** Fails with an `InputError` where there is no such run, and says what became of uploads that opened none. */
export async function cloudStatus({ ports, bucket, fleet }: WatchedTeam, run: string): Promise<CloudStatus> {
  const [now, state] = await Promise.all([status(ports, run), ports.ledger.state(run)]);
  if (!now || !state) throw await unknownRun(ports, run);
  if (now.kind === "finished" || now.kind === "failed") return { ...now, ...(await endOf(ports, bucket, state)) };
  const stage = STAGES.find(({ name }) => name === now.stage);
  const queue = await queueState(ports, stage?.name ?? STAGES[0].name);
  const gpu = stage?.runsOn === "gpu" && fleet ? await fleet.jobs() : undefined;
  const facts = { runsOn: stage?.runsOn ?? "function", queue, gpu, hasFleet: fleet !== undefined };
  const reason = likelyReason({ ...facts, status: now, finalDeadline: state.finalDeadline, now: ports.clock.now() });
  return { ...now, queue, ...(gpu ? { gpu } : {}), ...(reason ? { reason } : {}) };
}

async function endOf(ports: Ports, bucket: string, { run, step }: RunState) {
  const { name } = (await readRequest(ports, run)) as { name: string };
  const folder = `s3://${bucket}/${reportKey(name, run)}/`;
  const result = step.kind === "finished" ? folder : `${folder}failed.json`;
  return { result, says: step.says, remedy: step.failure?.remedy };
}

async function queueState(ports: Ports, name: string): Promise<QueueState> {
  const queue = ports.queue(name);
  const [depth, dead] = await Promise.all([queue.depth(), queue.dead?.depth()]);
  return { ...depth, dead: (dead?.ready ?? 0) + (dead?.inFlight ?? 0) };
}

async function unknownRun(ports: Ports, run: string): Promise<InputError> {
  const { ready, inFlight, dead } = await queueState(ports, UPLOADS);
  const under: string[] = [];
  for await (const each of ports.ledger.unfinishedRuns()) if (under.push(each) >= 5) break;
  const found = [
    ready + inFlight > 0 ? `${ready + inFlight} uploads wait to be looked at; ask again in a minute.` : "",
    dead > 0 ? `${dead} uploads could not be looked at: the log of the function intake says why.` : "",
    under.length > 0 ? `Under way: ${under.join(", ")}.` : "",
  ].filter(Boolean);
  const remedy = "Check the name; errata submit prints it.";
  return new InputError({ file: run, problem: ["The team knows no such run.", ...found].join(" "), remedy });
}
