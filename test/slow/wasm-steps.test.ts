import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

const PROGRAM = join(import.meta.dirname, "fixtures", "wasm-steps.ts");

/** Trains in a process of its own. */
async function inProcess(threads: number, steps: number) {
  const args = ["--expose-gc", "--import", "tsx", PROGRAM, String(threads), String(steps)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<"tensors" | "heap" | "memory", number> & {
    digest: string;
  };
}

describe("the portable engine over many steps", () => {
  it("keeps no tensor, no heap and no memory over 10,000 steps", async () => {
    const { tensors, heap, memory } = await inProcess(1, 10_000);
    expect({ tensors, heap }).toEqual({ tensors: 0, heap: 0 });
    expect(memory).toBeLessThan(30e6);
  });

  it("gives the same bits in another process, and with two threads", async () => {
    const runs = [await inProcess(1, 600), await inProcess(1, 600), await inProcess(2, 600)];
    expect(new Set(runs.map(({ digest }) => digest)).size).toBe(1);
  });
});
