/** Augments the next batch while the engine computes: in a thread of its own, where that pays. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { isActive } from "./augment.ts";
import type { BatchRequest } from "./augment-thread.ts";
import { type Batch, type BatchSetup, type BatchSource, batchMaker, gather, seedsOf } from "./batches.ts";

/** Beside this file as it is run: TypeScript in the project, a module of its own where the code was bundled. */
const isBundled = !import.meta.url.endsWith(".ts");
const THREAD = new URL(`./augment-thread.${isBundled ? "mjs" : "ts"}`, import.meta.url);
/** Every so many batches it is judged whether a thread would pay. The first ones meet code that is not compiled yet. */
const JUDGED = 16;
/** Milliseconds that the thread has to save: its start takes up to half a second of a core. */
const LEAST_SAVED = 3000;
/** What the last minute's load must leave of the cores for the thread to find one free. */
const FREE_CORES = 0.5;

/** A batch by the images that are in it and their epoch's seed. */
export interface BatchPlan {
  rows: readonly number[];
  seed: number;
}

export interface BatchFeed {
  /** The batch of this plan. Where there is a thread, that of `next` is begun before this returns. */
  take(plan: BatchPlan, next: BatchPlan | undefined): Promise<Batch>;
  /** Ends the thread. */
  close(): Promise<void>;
}

/**
 * Batches for a training run, the same bits whether a thread makes them or not. One is started where images are augmented, what is left
 * of the run is long enough and a core is free; until it is ready batches are made at once.
 *
 * @param steps that the run will take
 * @param thread "always" and "never" leave nothing to judge: for tests and measurements
 */
export function batchFeed(
  setup: BatchSetup,
  source: BatchSource,
  steps: number,
  thread: "auto" | "always" | "never" = "auto",
): BatchFeed {
  const make = batchMaker(setup);
  const may = isActive(setup.augmentation) && thread !== "never" && existsSync(THREAD);
  let ahead: Ahead | undefined;
  let begun: { plan: BatchPlan; batch: Promise<Batch> } | undefined;
  let made = 0;
  let least = Number.POSITIVE_INFINITY;
  const here = ({ rows, seed }: BatchPlan): Batch => {
    const started = performance.now();
    const batch = make(source, rows, seedsOf(rows, seed));
    least = Math.min(least, performance.now() - started);
    made++;
    return batch;
  };
  const pays = (): boolean =>
    made > 0 &&
    made % JUDGED === 0 &&
    least * (steps - made) > LEAST_SAVED &&
    os.loadavg()[0] <= os.availableParallelism() - FREE_CORES;
  return {
    async take(plan, next) {
      if (may && !ahead && (thread === "always" || pays())) ahead = new Ahead(setup);
      if (thread === "always") await ahead?.started;
      const batch = begun?.plan === plan ? await begun.batch : here(plan);
      begun = undefined;
      if (next && ahead?.isReady) {
        const request = { ...gather(source, next.rows, setup.shape), seeds: seedsOf(next.rows, next.seed) };
        begun = { plan: next, batch: ahead.ask(request) };
      }
      return batch;
    },
    close: async () => void (await ahead?.close()),
  };
}

/** TypeScript's loader registers itself in the main thread only: another thread asks for it, by the file that ES modules get. */
function withLoader(): string {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx"));
  const api = new URL("esm/api/index.mjs", loader).href;
  return `import(${JSON.stringify(api)}).then(({ register }) => (register(), import(${JSON.stringify(THREAD.href)})))`;
}

/** The thread, as seen from here. What fails before it is ready leaves it unused, unless it was insisted on; later failures reach who asked. */
class Ahead {
  readonly started: Promise<void>;
  isReady = false;
  private readonly worker: Worker;
  private failure: Error | undefined;
  private waiting: { resolve(batch: Batch): void; reject(error: Error): void } | undefined;

  constructor(setup: BatchSetup) {
    this.worker = isBundled
      ? new Worker(THREAD, { workerData: setup, execArgv: [] })
      : new Worker(withLoader(), { workerData: setup, execArgv: [], eval: true });
    this.started = new Promise((resolve, reject) => {
      this.worker.on("message", (message: "ready" | Batch) => {
        if (message === "ready") {
          this.isReady = true;
          resolve();
        } else {
          this.waiting?.resolve(message);
          this.waiting = undefined;
        }
      });
      const fail = (error: Error): void => {
        this.failure ??= error;
        this.waiting?.reject(this.failure);
        reject(this.failure);
      };
      this.worker.on("error", fail);
      this.worker.on("exit", (code) => fail(new Error(`The thread that augments images ended with code ${code}.`)));
    });
    this.started.catch(() => {}); // Only those who insist on the thread wait for it.
  }

  ask(request: BatchRequest): Promise<Batch> {
    const batch = new Promise<Batch>((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      this.waiting = { resolve, reject };
      const { pixels, masks, seeds } = request;
      const moved = [pixels, seeds, ...(masks ? [masks] : [])].map(({ buffer }) => buffer as ArrayBuffer);
      this.worker.postMessage(request, moved);
    });
    batch.catch(() => {}); // A run that stops early never looks at it.
    return batch;
  }

  async close(): Promise<void> {
    this.waiting = undefined;
    await this.worker.terminate();
  }
}
