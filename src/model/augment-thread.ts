/** The thread that `augment-ahead.ts` starts: makes the batches that it is asked for, one after another. */
import { parentPort, workerData } from "node:worker_threads";
import { type BatchSetup, type BatchSource, batchMaker } from "./batches.ts";

export interface BatchRequest extends BatchSource {
  seeds: Int32Array;
}

const make = batchMaker(workerData as BatchSetup);

parentPort?.on("message", ({ seeds, ...source }: BatchRequest) => {
  const rows = Int32Array.from(seeds, (_, i) => i);
  const batch = make(source, rows, seeds);
  const moved = [batch.values.buffer, ...(batch.masks ? [batch.masks.buffer] : [])] as ArrayBuffer[];
  parentPort?.postMessage(batch, moved);
});
parentPort?.postMessage("ready");
