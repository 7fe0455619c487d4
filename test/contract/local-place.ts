/** The local ports in a folder, for tests in several processes. */
import { join } from "node:path";
import { openLedger } from "../../src/platform/local/ledger.ts";
import { openQueue } from "../../src/platform/local/queue.ts";
import { openStore } from "../../src/platform/local/store.ts";
import type { Racetrack } from "./racer.ts";

export async function open(folder: string): Promise<Racetrack> {
  const temporary = join(folder, "tmp");
  return {
    store: openStore(join(folder, "objects"), temporary),
    queue: openQueue(join(folder, "queue"), { maxReceives: 3 }),
    ledger: openLedger(join(folder, "runs"), temporary),
  };
}
