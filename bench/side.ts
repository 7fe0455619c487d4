/** A side of a comparison: a process of its own that does its work when asked, so that two can take turns. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Ratio } from "./types.ts";

export interface Answer {
  /** Of the work, without the process' start. */
  seconds: number;
  /** Of all its threads: other work on the machine changes it little. */
  cpuSeconds: number;
  /** The most memory that the process has held so far. */
  peakBytes: number;
  /** What it held before the first work: the runtime and its libraries. */
  idleBytes: number;
  [figure: string]: unknown;
}

export interface Side {
  /** Has the work done once. */
  ask(input?: object): Promise<Answer>;
  close(): Promise<void>;
}

/** Flags for sides whose memory is compared: a process that has room leaves more of its garbage lying when there is more to do. */
export const SMALL_HEAP = ["--max-old-space-size=64"];

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A side written for Node: a file of `bench/sides`. */
export const nodeSide = (file: string, options: object, flags: string[] = []): Promise<Side> =>
  openSide(process.execPath, [...flags, "--import", "tsx", `${ROOT}bench/sides/${file}`, JSON.stringify(options)]);

/** The same as one file of JavaScript, as `bin/lean.mjs` makes of the command that it is for: without TypeScript's loader. */
export async function leanSide(scratch: string, file: string, options: object): Promise<Side> {
  const outfile = join(scratch, "sides", file.replace(/ts$/, "mjs"));
  const js = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
  const entryPoints = [`${ROOT}bench/sides/${file}`];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    banner: { js },
  });
  return openSide(process.execPath, [outfile, JSON.stringify(options)]);
}

/** A side written for Python: a file of `bench/peers`. */
export const pythonSide = (python: string, file: string, options: object): Promise<Side> =>
  openSide(python, [`${ROOT}bench/peers/${file}`, JSON.stringify(options)]);

async function openSide(command: string, args: string[]): Promise<Side> {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3", PYTHONWARNINGS: "ignore" };
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ["pipe", "pipe", "pipe"] });
  const answers = answersOf(child, args);
  await answers();
  return {
    ask(input = {}) {
      child.stdin.write(`${JSON.stringify(input)}\n`);
      return answers();
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
    },
  };
}

/** Answers are lines that begin with @@; everything else is talk of libraries, shown where the process fails. */
function answersOf(child: ChildProcessByStdio<Writable, Readable, Readable>, args: string[]): () => Promise<Answer> {
  const talk: string[] = [];
  const ready: Answer[] = [];
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  let failure: Error | undefined;
  createInterface(child.stderr).on("line", (line) => talk.push(line));
  createInterface(child.stdout).on("line", (line) => {
    if (!line.startsWith("@@")) return void talk.push(line);
    const answer = JSON.parse(line.slice(2)) as Answer;
    if (waiting) waiting.resolve(answer);
    else ready.push(answer);
    waiting = undefined;
  });
  child.on("exit", (code) => {
    failure = new Error(`${args.join(" ")} ended with ${code}:\n${talk.slice(-15).join("\n")}`);
    waiting?.reject(failure);
  });
  return () =>
    new Promise((resolve, reject) => {
      const next = ready.shift();
      if (next) resolve(next);
      else if (failure) reject(failure);
      else waiting = { resolve, reject };
    });
}

/** Asks sides in turns, A, B, A, B...; the first turn warms them up and is not counted. `[sides, rounds]` */
export async function inTurns(sides: Side[], rounds: number, { warm = true } = {}): Promise<Answer[][]> {
  const answers: Answer[][] = sides.map(() => []);
  for (let round = warm ? -1 : 0; round < rounds; round++)
    for (const [i, side] of sides.entries()) {
      const answer = await side.ask();
      if (round >= 0) answers[i].push(answer);
    }
  return answers;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The ratio of two sides' figures, turn by turn. */
export function ratioOf(above: number[], below: number[]): Ratio {
  const ratios = above.map((value, i) => value / below[i]);
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios), rounds: ratios.length };
}

export const seconds = (answers: Answer[]): number[] => answers.map((answer) => answer.seconds);
export const inSeconds = (name: string, answers: Answer[]): string =>
  `${name} ${median(seconds(answers)).toPrecision(3)} s (processor ${median(answers.map((each) => each.cpuSeconds)).toPrecision(3)} s)`;
export const inMegabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
