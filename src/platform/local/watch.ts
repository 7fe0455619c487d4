/** Works an opened run in a pool of processes, and tells how it goes, until it is over. */
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { isOver } from "../../pipeline/advance.ts";
import { errorOf } from "../../pipeline/failure.ts";
import type { Ports, RunState } from "../../pipeline/ports.ts";
import { type RunStatus, status } from "../../pipeline/run.ts";
import { openPool, type Pool } from "./pool.ts";
import type { FromWorker } from "./protocol.ts";
import type { LocalRun } from "./run-local.ts";

/** Where a run stands, with what each worker is about. */
export interface LocalProgress extends RunStatus {
  workers: number;
  /** What the workers are doing at the moment: `baseline, epoch 3`. */
  activities: string[];
  /** Something a person should see: an item failed, a try failed, a worker died. */
  event?: string;
}

/** Between two looks into the ledger, in milliseconds. */
const LOOK_MS = 250;
const SWEEP_EVERY_MS = 1000;
/** Failed sweeps in a row after which the run is given up (it can be resumed). */
const MOST_TROUBLE = 5;

/** The result in one sentence. Fails with the run's own error, or with what keeps the pool from working. */
export async function workUntilOver(ports: Ports, options: LocalRun): Promise<string> {
  const { run } = options.request;
  const before = await ports.ledger.state(run);
  if (isAnnounced(before)) return resultOf(before);
  const workers = options.workers ?? availableParallelism();
  const listener = listenTo(workers);
  const setup = {
    folder: options.folder,
    run,
    stages: urlOf(options.stages),
    workers,
    maxReceives: options.maxReceives ?? 3,
  };
  const pool = openPool(setup, listener.events);
  listener.attach(pool);
  const onAbort = () => listener.events.failed(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort);
  try {
    for (;;) {
      // What was heard before the look: a failure that ended the run is seen as its end.
      const heard = listener.said.splice(0);
      const now = await Promise.race([status(ports, run), listener.failure]);
      report(options, now!, workers, heard, listener.activities);
      const state = await ports.ledger.state(run);
      if (isAnnounced(state)) return resultOf(state);
      await Promise.race([new Promise((resolve) => setTimeout(resolve, LOOK_MS)), listener.failure]);
    }
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
    await pool.stop();
  }
}

function isAnnounced(state: RunState | undefined): state is RunState {
  return state !== undefined && isOver(state) && state.step.dispatched;
}

function resultOf({ step }: RunState): string {
  if (step.kind === "failed") throw errorOf(step.failure ?? { says: step.says ?? "" });
  return step.says ?? "";
}

interface Listener {
  /** What each worker is doing. */
  activities: (string | undefined)[];
  /** Sentences not yet reported. */
  said: string[];
  /** Rejects when the pool cannot go on. */
  failure: Promise<never>;
  events: Parameters<typeof openPool>[1];
  attach(pool: Pool): void;
}

/** Hears what the workers say; has one of them sweep when it has nothing to do. */
function listenTo(workers: number): Listener {
  const activities: (string | undefined)[] = Array.from({ length: workers }, () => undefined);
  /** The item of each worker: what it died at, where it dies. */
  const places: string[] = [];
  const said: string[] = [];
  let pool: Pool | undefined;
  let lastSweep = Number.NEGATIVE_INFINITY;
  let trouble = 0;
  let failed: (error: Error) => void = () => {};
  const failure = new Promise<never>((_, reject) => (failed = reject));
  // It may be rejected while nobody waits for it.
  failure.catch(() => {});

  const sweepNowAndThen = (worker: number) => {
    if (performance.now() - lastSweep < SWEEP_EVERY_MS) return;
    lastSweep = performance.now();
    pool?.tell(worker, { type: "sweep" });
  };
  const message = (worker: number, heard: FromWorker) => {
    const place = "stage" in heard && heard.stage ? `${heard.stage} ${heard.item}` : "a message";
    switch (heard.type) {
      case "ready":
        return sweepNowAndThen(worker);
      case "idle":
        activities[worker] = undefined;
        return sweepNowAndThen(worker);
      case "swept":
        trouble = 0;
        return;
      case "working":
        activities[worker] = place;
        places[worker] = place;
        return;
      case "progress":
        activities[worker] = heard.says;
        return;
      case "handled":
        activities[worker] = undefined;
        if (heard.outcome === "failed") said.push(`${place} failed: ${heard.says}`);
        return;
      case "retry":
        activities[worker] = undefined;
        said.push(`${place} is tried again: ${heard.says}`);
        return;
      case "trouble":
        if (++trouble >= MOST_TROUBLE) failed(new Error(heard.says));
        return;
      case "fatal":
        failed(errorOf(heard.failure));
    }
  };
  const died = (worker: number, how: string) => {
    const at = activities[worker] ? ` at ${places[worker]}` : "";
    activities[worker] = undefined;
    said.push(`Worker ${worker + 1} ${how}${at}; it is replaced.`);
  };
  return { activities, said, failure, events: { message, died, failed }, attach: (opened) => (pool = opened) };
}

function report(
  { onProgress }: LocalRun,
  now: RunStatus,
  workers: number,
  heard: string[],
  activities: Listener["activities"],
): void {
  const busy = activities.filter((activity) => activity !== undefined);
  const tell = (event?: string) => onProgress?.({ ...now, workers, activities: busy, event });
  // Why a run failed is told by the error that it ends with.
  const end = now.kind === "failed" ? now.lastEvent.says : undefined;
  const events = heard.filter((event) => end === undefined || !event.endsWith(end));
  if (events.length === 0) tell();
  for (const event of events) tell(event);
}

function urlOf(module: string | URL): string {
  const text = String(module);
  return text.startsWith("file:") ? text : pathToFileURL(text).href;
}
