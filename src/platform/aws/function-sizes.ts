/** How much each function gets. Lambda gives one virtual CPU for each 1,769 MB. */
import type { STAGES } from "../../pipeline/stage-list.ts";

type FunctionStage = Extract<(typeof STAGES)[number], { runsOn: "function" }>["name"];

export interface FunctionSize {
  memoryMiB: number;
  timeoutSeconds: number;
  /** Messages handed over at once: one where an item is a shard's worth of work. */
  batchSize: number;
  /** Room in /tmp, for packs that do not fit memory. */
  diskMiB: number;
}

export const STAGE_FUNCTIONS: Record<FunctionStage, FunctionSize> = {
  intake: { memoryMiB: 1769, timeoutSeconds: 300, batchSize: 1, diskMiB: 512 },
  ingest: { memoryMiB: 3008, timeoutSeconds: 300, batchSize: 1, diskMiB: 1024 },
  infer: { memoryMiB: 3008, timeoutSeconds: 300, batchSize: 1, diskMiB: 1024 },
  screen: { memoryMiB: 3008, timeoutSeconds: 300, batchSize: 1, diskMiB: 1024 },
};

/** Uploads are small JSON: several at once. */
export const UPLOADS: Pick<FunctionSize, "batchSize"> = { batchSize: 10 };

export const SWEEP: Omit<FunctionSize, "batchSize"> = { memoryMiB: 512, timeoutSeconds: 300, diskMiB: 512 };
export const FLEET: Omit<FunctionSize, "batchSize"> = { memoryMiB: 256, timeoutSeconds: 50, diskMiB: 512 };

/** One GPU job at the longest: it stops by itself when its queue is empty. */
export const WORKER_TIMEOUT_HOURS = 12;
/** How long a worker keeps a message to itself; it extends that while it works. */
export const WORKER_VISIBILITY_SECONDS = 300;

/** A worker exits after so long without a message. */
export const WORKER_IDLE_SECONDS = 180;

/** Deliveries before a message is a dead letter. */
export const MAX_RECEIVES = 5;
