import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as core from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/types.ts";
import { openNative, train } from "./recipe.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNative();
});

test("registers its backend on the tfjs-core that the project imports", () => {
  expect(engine.tf.engine()).toBe(core.engine());
  expect(core.getBackend()).toBe("tensorflow");
});

test("trains every usual kind of layer", () => {
  const { losses } = train(engine, 60);
  expect(losses.at(-1)).toBeLessThan(0.75 * losses[0]);
});

test("gives the same bits twice", () => {
  expect(train(engine, 20).digest).toBe(train(engine, 20).digest);
});

/** Runs a program in a process of its own, at the project's root. */
async function inProcess(node: string, program: string): Promise<string> {
  const root = join(import.meta.dirname, "..", "..");
  const options = ["--expose-gc", "--import", "tsx", "--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(node === "" ? process.execPath : join(root, node), options, {
    cwd: root,
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: "1" },
  });
  return stdout.trim();
}

test("keeps no tensors and no memory over many steps", async () => {
  const output = await inProcess(
    "",
    `const { openNative, train } = await import("./test/native/recipe.ts");
    const engine = await openNative();
    const memory = () => (gc(), process.memoryUsage().rss);
    train(engine, 200);
    const tensors = engine.tf.memory().numTensors;
    const before = memory();
    for (let i = 0; i < 5; i++) train(engine, 200);
    console.log(engine.tf.memory().numTensors - tensors, memory() - before);`,
  );
  const [tensors, bytes] = output.split(" ").map(Number);
  expect(tensors).toBe(0);
  expect(bytes).toBeLessThan(20e6);
});

test("loads and computes on Node 24", async () => {
  const output = await inProcess(
    "test/node24/node_modules/node/bin/node",
    `const { openNative } = await import("./test/native/recipe.ts");
    const { tf } = await openNative();
    console.log(process.versions.node.split(".")[0], tf.relu(tf.tensor([-1, 2])).sum().dataSync()[0]);`,
  );
  expect(output).toBe("24 2");
});
