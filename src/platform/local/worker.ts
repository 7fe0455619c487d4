/** A worker process: takes a message, handles it, acknowledges it, until its parent ends it or is gone. */
import { Worker } from "node:worker_threads";
import { PermanentError } from "../../errors.ts";
import { failureOf, isHalt } from "../../pipeline/failure.ts";
import { handle } from "../../pipeline/handle.ts";
import { decodeMessage } from "../../pipeline/messages.ts";
import type { Ports, Queue, Received } from "../../pipeline/ports.ts";
import type { Stage, StagesModule } from "../../pipeline/stage.ts";
import { sweep } from "../../pipeline/sweep.ts";
import { explained } from "./atomic.ts";
import { openLocal } from "./open.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./protocol.ts";

/** A dead worker's message is handed back at once, whatever this says; it is for one that hangs. */
const VISIBILITY_SECONDS = 300;
const HEARTBEAT_MS = 30_000;
const WAIT_SECONDS = 1;
/** Between two reports of progress to the parent, in milliseconds. */
const PROGRESS_MS = 200;

/** A worker is never asked to stop: it is killed, which loses nothing. */
const NEVER = new AbortController().signal;
let sweepAsked = false;

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

/**
 * Ends this process when its parent is gone, also while a long calculation keeps the main thread from hearing of it: a
 * thread of its own looks whether the parent is still the same.
 */
function dieWithParent(): void {
  process.on("disconnect", () => process.exit(0));
  const watch = `const parent = process.ppid; setInterval(() => process.ppid === parent || process.kill(process.pid, "SIGKILL"), 500);`;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
}

function listen(): void {
  // Ctrl-C reaches the whole group: the parent decides.
  process.on("SIGINT", () => {});
  process.on("message", ({ type }: ToWorker) => {
    sweepAsked ||= type === "sweep";
  });
}

async function work(ports: Ports, stages: readonly Stage[], setup: WorkerSetup): Promise<void> {
  const queue = ports.queue("");
  for (;;) {
    if (sweepAsked) await sweepOnce(ports, stages, setup.run);
    const options = { max: 1, visibilitySeconds: VISIBILITY_SECONDS, waitSeconds: WAIT_SECONDS };
    const [received] = await queue.receive(options);
    if (received) await handleOne(ports, stages, queue, received);
    else tell({ type: "idle" });
  }
}

async function sweepOnce(ports: Ports, stages: readonly Stage[], run: string): Promise<void> {
  sweepAsked = false;
  try {
    await sweep(ports, stages, run);
    tell({ type: "swept" });
  } catch (error) {
    if (isHalt(error)) throw error;
    tell({ type: "trouble", says: failureOf(error).says });
  }
}

async function handleOne(ports: Ports, stages: readonly Stage[], queue: Queue, received: Received): Promise<void> {
  const { body, receipt, receives } = received;
  const { stage, item } = decodeMessage(body) ?? {};
  if (stage && item) tell({ type: "working", stage, item });
  const heartbeat = setInterval(() => queue.extend(receipt, VISIBILITY_SECONDS).catch(() => {}), HEARTBEAT_MS);
  try {
    const hooks = { progress: throttled((says) => tell({ type: "progress", says })), signal: NEVER };
    const handled = await handle(ports, stages, { body, last: receives >= queue.maxReceives }, hooks);
    await queue.acknowledge(receipt);
    tell({ type: "handled", outcome: handled.outcome, stage, item, says: handled.says });
  } catch (error) {
    if (isHalt(error)) throw error;
    tell({ type: "retry", stage, item, says: failureOf(error).says });
    await queue.release(receipt, receives ** 2);
  } finally {
    clearInterval(heartbeat);
  }
}

/** Calls at most once every `PROGRESS_MS`. */
function throttled(call: (says: string) => void): (says: string) => void {
  let last = 0;
  return (says) => {
    const now = performance.now();
    if (now - last < PROGRESS_MS) return;
    last = now;
    call(says);
  };
}

const setup: WorkerSetup = JSON.parse(process.argv[2]);

async function main(): Promise<void> {
  dieWithParent();
  listen();
  const module = (await import(setup.stages)) as { default: StagesModule };
  const stages = await module.default({ workers: setup.workers });
  tell({ type: "ready" });
  await work(openLocal(setup), stages, setup);
}

main().catch((reason: unknown) => {
  if (!process.connected) process.exit(1);
  const error = isHalt(reason) ? explained(reason, setup.folder) : reason;
  // What the user did is said in a sentence; a fault of the program's is told with its place.
  const failure =
    error instanceof PermanentError ? failureOf(error) : { says: String((error as Error)?.stack ?? error) };
  process.send?.({ type: "fatal", failure } satisfies FromWorker, () => process.exit(1));
});
