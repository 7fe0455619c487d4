import { execFile, fork } from "node:child_process";
import { existsSync } from "node:fs";
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

const ROOT = join(import.meta.dirname, "..", "..");

/** Runs a program in a process of its own, at the project's root. */
async function inProcess(node: string, program: string): Promise<string> {
  const options = ["--expose-gc", "--import", "tsx", "--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(node === "" ? process.execPath : join(ROOT, node), options, {
    cwd: ROOT,
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
  // A tensor a step, were it only one of 64 KB, would be 65e6. The allocator itself keeps up to 20e6 that it may use again.
  expect(bytes).toBeLessThan(50e6);
});

test("computes the same while signals are handled", async () => {
  const program = `const { openNative } = await import("./test/native/recipe.ts");
    const { tf } = await openNative();
    let handled = 0;
    process.on("SIGUSR2", () => handled++);
    const [x, weights] = [tf.randomNormal([64, 512], 0, 1, "float32", 3), tf.randomNormal([512, 10], 0, 1, "float32", 4)];
    const sum = () => tf.tidy(() => {
      const products = Array.from({ length: 50 }, () => tf.matMul(x, weights));
      return tf.sum(tf.addN(products)).dataSync()[0];
    });
    const first = sum();
    process.send("ready");
    for (const until = Date.now() + 3000; Date.now() < until; await new Promise(setImmediate))
      if (sum() !== first) throw new Error("the product changed");
    console.log(handled);
    process.exit();`;
  const child = fork("", {
    cwd: ROOT,
    execArgv: ["--import", "tsx", "--input-type=module", "-e", program],
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: "1" },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let [handled, said] = ["", ""];
  child.stdout!.on("data", (chunk) => (handled += chunk));
  child.stderr!.on("data", (chunk) => (said += chunk));
  const ended = new Promise((done) => child.on("close", (code, signal) => done(signal ?? code)));
  await new Promise((ready) => child.once("message", ready).once("close", ready));
  const runs = () => child.exitCode === null && child.signalCode === null;
  for (; runs(); await new Promise(setImmediate)) child.kill("SIGUSR2");
  expect(await ended, said).toBe(0);
  expect(Number(handled)).toBeGreaterThan(100);
}, 20_000);

/** `npm ci --prefix test/node22` installs it. */
const binary = (major: number) => `test/node${major}/node_modules/node/bin/node`;

for (const major of [22, 24]) {
  const absent = !existsSync(join(ROOT, binary(major)));
  const how = absent ? ` (skipped: npm ci --prefix test/node${major})` : "";
  test.skipIf(absent)(`trains on Node ${major} to the same bits${how}`, async () => {
    const program = `const { openNative, train } = await import("./test/native/recipe.ts");
      const { digest } = train(await openNative(), 20);
      console.log(process.versions.node.split(".")[0], digest);`;
    const [here, there] = await Promise.all([inProcess("", program), inProcess(binary(major), program)]);
    expect(there).toBe(`${major} ${here.split(" ")[1]}`);
  });
}
