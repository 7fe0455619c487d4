/**
 * The pipeline's ports in one folder of this machine.
 *
 *     objects/         the object store, shared by all runs
 *     runs/<run>/      ledger/ and queue/ of a run
 *     tmp/             what is being written
 */
import { join, resolve } from "node:path";
import { LocalFiles } from "../../dataset/files.ts";
import type { Clock, Ports } from "../../pipeline/ports.ts";
import { openLedger } from "./ledger.ts";
import { openQueue } from "./queue.ts";
import { openStore } from "./store.ts";

export interface LocalOptions {
  /** Where objects and runs are kept. Made when needed. */
  folder: string;
  run: string;
  /** Deliveries of a message before its item counts as failed. Default 3. */
  maxReceives?: number;
  clock?: Clock;
}

/** Opens the ports; nothing is written before something is put. `dataset(location)` takes a folder's path. */
export function openLocal({ folder, run, maxReceives, clock = { now: Date.now } }: LocalOptions): Ports {
  const root = resolve(folder);
  const { objects, runs, temporary } = localFolders(root);
  const queue = openQueue(join(runs, run, "queue"), { maxReceives, clock });
  return {
    store: openStore(objects, temporary),
    queue: () => queue,
    ledger: openLedger(runs, temporary, clock),
    // Whoever called `runLocal` is told when it returns.
    notifier: { publish: async () => {} },
    clock,
    dataset: (location) => new LocalFiles(location),
  };
}

export function localFolders(folder: string) {
  const root = resolve(folder);
  return {
    objects: join(root, "objects"),
    runs: join(root, "runs"),
    temporary: join(root, "tmp"),
    locks: join(root, "locks"),
  };
}
