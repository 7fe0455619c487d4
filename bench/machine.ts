import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { NATIVE } from "../src/engine/native-path.ts";

export interface Machine {
  processor: string;
  cores: number;
  memory: string;
  system: string;
  versions: Record<string, string>;
  commit: string;
}

/** The machine and the versions that a result was measured with. */
export function machine(): Machine {
  const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const peers = readFileSync(new URL("peers/requirements.txt", import.meta.url), "utf8")
    .trim()
    .split("\n");
  return {
    processor: os.cpus()[0].model,
    cores: os.availableParallelism(),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: `${os.platform()} ${os.release()} ${os.arch()}`,
    versions: {
      node: process.version,
      tfjs: dependencies["@tensorflow/tfjs-core"],
      "tfjs-node": `${NATIVE.tfjsNode} on TensorFlow ${NATIVE.tensorflow}`,
      sharp: dependencies.sharp,
      ...Object.fromEntries(peers.map((line) => line.split("==") as [string, string])),
    },
    commit: commit(),
  };
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "src") === "" ? "" : " with changes");
  } catch {
    return "unknown";
  }
}
