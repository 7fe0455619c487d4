/** Audits of given models on folders of images, for the rows that let images and workers grow. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
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
