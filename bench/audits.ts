/** Audits of given models on folders of images, for the rows that let images and workers grow. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeNpy } from "../src/dataset/npy.ts";
import { cifar, part } from "./jpegs.ts";
import type { Bench } from "./types.ts";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Image folders of CIFAR-10's test images that grow by two: `[images, folder]`. */
export function growing(bench: Bench, least: number, times: readonly number[]): { images: number; folder: string }[] {
  const from = cifar(bench);
  return times.map((factor) => ({
    images: least * factor,
    folder: part(bench, "cifar", from, (least * factor) / 10),
  }));
}

/** Probabilities of no model in particular, beside the folder: what is measured does not depend on them. */
export function predictionsFor(folder: string): string {
  const file = `${folder}-pred-probs.npy`;
  if (existsSync(file)) return file;
  const images = readdirSync(folder).reduce((sum, kind) => sum + readdirSync(join(folder, kind)).length, 0);
  const rows = new Float32Array(images * 10).fill(0.01);
  for (let i = 0; i < images; i++) rows[10 * i + ((i * 7) % 10)] = 0.91;
  mkdirSync(join(folder, ".."), { recursive: true });
  writeFileSync(file, writeNpy(rows, [images, 10]));
  return file;
}

/** Runs `errata audit` and gives its wall time, seconds. */
export function auditSeconds(args: string[]): number {
  const started = performance.now();
  execFileSync(process.execPath, [join(ROOT, "bin/errata.mjs"), "audit", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return (performance.now() - started) / 1000;
}

/** How often the memory of an audit's processes is looked at, milliseconds. */
const LOOK_EVERY = 100;

/** Runs `errata audit`; the most memory is that of all its processes at one time, what they share counted once. */
export async function auditPeak(args: string[]): Promise<{ seconds: number; peakBytes: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(ROOT, "bin/errata.mjs"), "audit", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => (said = (said + chunk).slice(-2000)));
  let peakBytes = 0;
  const look = setInterval(() => (peakBytes = Math.max(peakBytes, heldBy(child.pid!))), LOOK_EVERY);
  const code = await new Promise((resolve) => child.once("close", resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`errata audit ended with ${code}: ${said.trim()}`);
  return { seconds: (performance.now() - started) / 1000, peakBytes };
}

/** Bytes of a process and its children's children; one that has just ended holds nothing. */
function heldBy(pid: number): number {
  try {
    const own = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
    );
    return children.reduce((sum, child) => sum + heldBy(Number(child)), 1024 * Number(own?.[1] ?? 0));
  } catch {
    return 0;
  }
}
