/** A run on this machine, from its start, or from where it was stopped, to its end. */
import { rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../errors.ts";
import type { Ports } from "../../pipeline/ports.ts";
import { deadlinesFrom, type RunRequest, startRun } from "../../pipeline/run.ts";
import { codeOf, explained, removeLeftovers, temporaryName } from "./atomic.ts";
import { lock } from "./lock.ts";
import { localFolders, openLocal } from "./open.ts";
import { type LocalProgress, workUntilOver } from "./watch.ts";

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
  let removed = false;
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
    if (error instanceof InputError && (await hasFailed(ports, run))) removed = await removeTraces(folder, run);
    throw explained(error, folder);
  } finally {
    if (!removed) await unlock().catch(() => {});
  }
}

const hasFailed = async (ports: Ports, run: string): Promise<boolean> =>
  (await ports.ledger.state(run))?.step.kind === "failed";

/**
 * A run that bad input ended leaves nothing behind but training results, which other runs can use: its lock goes last, then
 * all folders that hold nothing. True where that was done.
 */
async function removeTraces(folder: string, run: string): Promise<boolean> {
  const { objects, runs, temporary, locks } = localFolders(folder);
  try {
    await forget(folder, run);
    await takeAway([join(locks, run)], temporary);
    // A worker may have been ended in the middle of a write.
    await removeLeftovers(temporary);
  } catch {
    return false;
  }
  for (const path of [join(objects, "runs"), objects, runs, temporary, locks, folder])
    await rmdir(path).catch(() => {});
  return true;
}

/** Takes everything that belongs to the run away, at once. */
async function forget(folder: string, run: string): Promise<void> {
  const { objects, runs, temporary } = localFolders(folder);
  await takeAway([join(objects, "runs", run), join(runs, run)], temporary);
}

async function takeAway(paths: string[], temporary: string): Promise<void> {
  for (const path of paths) {
    const away = join(temporary, temporaryName());
    try {
      await rename(path, away);
      await rm(away, { recursive: true, force: true });
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}
