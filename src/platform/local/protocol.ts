/** What the parent and its worker processes say to each other. */
import type { Failure } from "../../pipeline/failure.ts";

export interface WorkerSetup {
  folder: string;
  run: string;
  /** URL of the stages module. */
  stages: string;
  /** Worker processes that share this machine. */
  workers: number;
  maxReceives: number;
}

/** Look after the run when the item at hand is done. */
export type ToWorker = { type: "sweep" };

export type FromWorker =
  | { type: "ready" }
  /** Looked for a message in vain. */
  | { type: "idle" }
  | { type: "swept" }
  | { type: "working"; stage: string; item: string }
  | { type: "progress"; says: string }
  | { type: "handled"; outcome: "done" | "failed" | "skipped"; stage?: string; item?: string; says?: string }
  /** This try failed; there will be another one. */
  | { type: "retry"; stage?: string; item?: string; says: string }
  /** A sweep failed. */
  | { type: "trouble"; says: string }
  /** The worker cannot go on, and another one could not either. */
  | { type: "fatal"; failure: Failure };
