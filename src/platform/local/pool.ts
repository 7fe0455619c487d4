/** A pool of worker processes. One that dies is replaced; all die with their parent. */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FromWorker, ToWorker, WorkerSetup } from "./protocol.ts";

/**
 * Megabytes of old objects before V8 marks them for the first time. It begins with few, and marked them five times a second beside
 * a training, by threads that took about an eighth of a processor from it.
 */
const HEAP = ["--initial-old-space-size=256"];
const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
/** TypeScript's loader for the children, wherever they are started. */
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
/** Characters of a worker's output that are kept to explain its death. */
const KEPT_OUTPUT = 4000;
/** Deaths with no message handled in between after which the pool gives up. */
const MOST_DEATHS = 30;

export interface PoolEvents {
  /** A worker said something. `worker` is 0 to `workers - 1`. */
  message(worker: number, message: FromWorker): void;
  /** A worker died and is replaced. */
  died(worker: number, how: string): void;
  /** The pool cannot go on. */
  failed(error: Error): void;
}

export interface Pool {
  tell(worker: number, message: ToWorker): void;
  pids(): number[];
  /** Ends all workers at once; what they were about is handed out again. Resolves when they are gone. */
  stop(): Promise<void>;
}

export function openPool(setup: WorkerSetup, events: PoolEvents): Pool {
  const children = new Map<number, ChildProcess>();
  let stopping = false;
  let deaths = 0;

  const start = (worker: number) => {
    // Whatever a library prints must not mix with results on stdout: it is kept, and shown if the worker dies.
    const child = fork(WORKER, [JSON.stringify(setup)], {
      execArgv: ["--import", LOADER, ...HEAP],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    children.set(worker, child);
    let output = "";
    let ready = false;
    const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-KEPT_OUTPUT));
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.on("message", (message: FromWorker) => {
      if (message.type === "ready") ready = true;
      if (message.type === "handled" || message.type === "swept") deaths = 0;
      events.message(worker, message);
    });
    child.on("error", (error) => events.failed(error));
    child.on("exit", (code, signal) => {
      if (children.get(worker) === child) children.delete(worker);
      if (stopping) return;
      const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
      const said = output.trim() ? `\n${output.trim()}` : "";
      deaths++;
      if (!ready && code !== null) return events.failed(new Error(`A worker process ${how} before it began.${said}`));
      if (deaths > MOST_DEATHS) return events.failed(new Error(`${deaths} worker processes died in a row.${said}`));
      events.died(worker, `${how}${said}`);
      start(worker);
    });
  };

  const killAll = () => {
    for (const child of children.values()) child.kill("SIGKILL");
  };
  process.on("exit", killAll);
  for (let worker = 0; worker < setup.workers; worker++) start(worker);

  const tell = (worker: number, message: ToWorker) => {
    const child = children.get(worker);
    if (child?.connected) child.send(message, () => {});
  };
  return {
    tell,
    pids: () => [...children.values()].flatMap(({ pid }) => pid ?? []),
    stop: async () => {
      stopping = true;
      const gone = [...children.values()].map(
        (child) =>
          new Promise((resolve) =>
            (child.exitCode ?? child.signalCode) !== null ? resolve(0) : child.on("exit", resolve),
          ),
      );
      killAll();
      await Promise.all(gone);
      process.off("exit", killAll);
    },
  };
}
