/** The protocol of a side: says that it is ready, then does the work once for each line on stdin. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export const optionsOf = <T>(): T => JSON.parse(process.argv[2]) as T;

const memory = (field: "VmHWM" | "VmRSS"): number =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;

/** @param work may give its own `seconds`; otherwise the whole of it is timed */
export async function serve(work: () => Promise<object | undefined> | object | undefined): Promise<void> {
  const idleBytes = memory("VmRSS");
  const answer = (fields: object) => void process.stdout.write(`@@${JSON.stringify(fields)}\n`);
  answer({});
  for await (const _ of createInterface(process.stdin)) {
    const started = performance.now();
    const before = process.cpuUsage();
    const figures = await work();
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(before);
    answer({ seconds, cpuSeconds: (user + system) / 1e6, ...figures, idleBytes, peakBytes: memory("VmHWM") });
  }
  process.exit(0);
}
