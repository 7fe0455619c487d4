/** A run on this machine, from its start, or from where it was stopped, to its end. */
import { rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isOver } from "../../pipeline/advance.ts";
import { errorOf } from "../../pipeline/failure.ts";
import type { Ports } from "../../pipeline/ports.ts";
import { deadlinesFrom, type RunRequest, type RunStatus, startRun, status } from "../../pipeline/run.ts";
import { codeOf, explained, removeLeftovers, temporaryName } from "./atomic.ts";
import { lock } from "./lock.ts";
import { localFolders, openLocal } from "./open.ts";
import { openPool, type Pool } from "./pool.ts";
import type { FromWorker } from "./protocol.ts";

/** Where a run stands, with what each worker is about. */
export interface LocalProgress extends RunStatus {
  workers: number;
  /** What the workers are doing at the moment: `train fold-2: epoch 3/10`. */
  activities: string[];
  /** Something a person should see: an item failed, a try failed, a worker died. */
  event?: string;
}

export interface LocalRun {
  /** Where objects and runs are kept. Made when needed. */
  folder: string;
  /** Path or `file:` URL of the stages module (its default export is a `StagesModule`). */
  stages: string | URL;
  request: RunRequest;
  /** Worker processes. Default: as many as the machine has cores. */
  workers?: number;
  /** Begin anew, even if the run is finished or under way. What is stored outside `runs/<run>/` stays. */
  fresh?: boolean;
  /** Deliveries of a message before its item counts as failed. Default 3. */
  maxReceives?: number;
  onProgress?(progress: LocalProgress): void;
  /** Aborting it stops the workers at once and rejects with its reason; the run can be resumed. */
  signal?: AbortSignal;
}

export interface LocalResult {
  run: string;
  /** The result in one sentence. */
  says: string;
  /** Whether something of the run was there before. */
  resumed: boolean;
  seconds: number;
}

/** Between two looks into the ledger, in milliseconds. */
const LOOK_MS = 250;
/** Failed sweeps in a row after which the run is given up (it can be resumed). */
const MOST_TROUBLE = 5;
const SWEEP_EVERY_MS = 1000;

/**
 * Starts or resumes the run and works it in a pool of processes until it is finished. A run that was finished returns its
 * result at once; one that had failed begins anew.
 *
 * Fails with the run's own error (an `InputError` where the user's input was at fault), with an `InputError` when another
 * process is at work on the same run, and with a `HaltError` when the folder cannot be written to (disk full).
 */
export async function runLocal(options: LocalRun): Promise<LocalResult> {
  const started = performance.now();
  const { folder, request } = options;
  const { run } = request;
  options.signal?.throwIfAborted();
  const ports = openLocal({ folder, run, maxReceives: options.maxReceives });
  const { temporary, locks, runs } = localFolders(folder);
  const unlock = await lock(join(locks, run), temporary, `${folder} (run ${run})`);
  try {
    await removeLeftovers(temporary);
    await removeLeftovers(join(runs, run, "queue", "tmp"));
    const before = await ports.ledger.state(run);
    if (options.fresh || before?.step.kind === "failed") await forget(folder, run);
    const resumed = !(await startRun(ports, request));
    if (resumed) await ports.ledger.postpone(run, deadlinesFrom(ports.clock.now(), request.deadlineMinutes));
    const says = await workUntilOver(ports, options);
    return { run, says, resumed, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    throw explained(error, folder);
  } finally {
    await unlock().catch(() => {});
  }
}

/** Takes everything that belongs to the run away, at once. */
async function forget(folder: string, run: string): Promise<void> {
  const { objects, runs, temporary } = localFolders(folder);
  for (const path of [join(objects, "runs", run), join(runs, run)]) {
    const away = join(temporary, temporaryName());
    try {
      await rename(path, away);
      await rm(away, { recursive: true, force: true });
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}

/** The result in one sentence. */
async function workUntilOver(ports: Ports, options: LocalRun): Promise<string> {
  const { run } = options.request;
  const workers = options.workers ?? availableParallelism();
  const state = await ports.ledger.state(run);
  if (state && isOver(state) && state.step.dispatched) return state.step.says ?? "";

  const activities: (string | undefined)[] = [];
  const events: string[] = [];
  let pool: Pool | undefined;
  let lastSweep = Number.NEGATIVE_INFINITY;
  let trouble = 0;
  let failed: (error: Error) => void = () => {};
  const failure = new Promise<never>((_, reject) => (failed = reject));
  failure.catch(() => {});

  const heard = (worker: number, message: FromWorker) => {
    const place = "stage" in message && message.stage ? `${message.stage} ${message.item}` : "";
    if (message.type === "working") activities[worker] = place;
    else if (message.type === "progress") activities[worker] = `${activities[worker]?.split(": ")[0]}: ${message.says}`;
    else if (message.type === "handled" || message.type === "retry" || message.type === "idle")
      activities[worker] = undefined;
    if (message.type === "handled" && message.outcome === "failed") events.push(`${place} failed: ${message.says}`);
    if (message.type === "retry") events.push(`${place} is tried again: ${message.says}`);
    if (message.type === "fatal") failed(errorOf(message.failure));
    if (message.type === "swept") trouble = 0;
    if (message.type === "trouble" && ++trouble >= MOST_TROUBLE) failed(new Error(message.says));
    if (message.type === "ready" || message.type === "idle") {
      if (performance.now() - lastSweep < SWEEP_EVERY_MS) return;
      lastSweep = performance.now();
      pool?.tell(worker, { type: "sweep" });
    }
  };

  const setup = {
    folder: options.folder,
    run,
    stages: urlOf(options.stages),
    workers,
    maxReceives: options.maxReceives ?? 3,
  };
  pool = openPool(setup, {
    message: heard,
    died: (worker, how) => {
      events.push(
        `Worker ${worker + 1} ${how}${activities[worker] ? ` at ${activities[worker]}` : ""}; it is replaced.`,
      );
      activities[worker] = undefined;
    },
    failed,
  });
  const onAbort = () => failed(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort);
  try {
    for (;;) {
      const now = await Promise.race([status(ports, run), failure]);
      report(options, now!, { workers, activities, events });
      const at = await ports.ledger.state(run);
      if (at && isOver(at) && at.step.dispatched) {
        if (at.step.kind === "failed") throw errorOf(at.step.failure ?? { says: at.step.says ?? "" });
        return at.step.says ?? "";
      }
      await Promise.race([new Promise((resolve) => setTimeout(resolve, LOOK_MS)), failure]);
    }
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
    await pool.stop("kill");
  }
}

function report(
  { onProgress }: LocalRun,
  now: RunStatus,
  at: { workers: number; activities: (string | undefined)[]; events: string[] },
): void {
  const activities = at.activities.filter((activity) => activity !== undefined);
  const tell = (event?: string) => onProgress?.({ ...now, workers: at.workers, activities, event });
  const events = at.events.splice(0);
  if (events.length === 0) tell();
  for (const event of events) tell(event);
}

function urlOf(module: string | URL): string {
  const text = String(module);
  return text.startsWith("file:") ? text : pathToFileURL(text).href;
}
