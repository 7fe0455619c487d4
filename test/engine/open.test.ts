import { existsSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";
import { nativePackagePath } from "../../src/engine/native-path.ts";
import { openEngine } from "../../src/engine/open.ts";
import { InputError } from "../../src/errors.ts";
import { type GradientCase, largestDifference } from "./gradients.ts";

const installed = nativePackagePath() !== null || existsSync("node_modules/@tensorflow/tfjs-node/package.json");

/** One engine a process, and vitest runs each test file in a process of its own: the order here matters. */
describe("openEngine", () => {
  it.skipIf(installed)("says how to get an engine that is not there", async () => {
    const problem = await openEngine("tensorflow").catch((error) => error);
    expect(problem).toBeInstanceOf(InputError);
    expect(problem.message).toMatch(/npm run native.*npm install @tensorflow\/tfjs-node/);
    expect(problem.cause).toBeDefined();
  });

  it("starts wasm with two threads, silently, and leaves the process as it was", async () => {
    const output = [vi.spyOn(console, "log"), vi.spyOn(console, "warn"), vi.spyOn(process.stderr, "write")];
    const listeners = process.listeners("uncaughtException").length;
    const { Blob } = globalThis;
    const engine = await openEngine("wasm", { threads: 2 });
    expect(engine).toMatchObject({ name: "wasm", threads: 2 });
    expect(engine.version).toMatch(/^tfjs 4\.22\.0, wasm/);
    expect(globalThis.Blob).toBe(Blob);
    expect(process.listeners("uncaughtException").length).toBe(listeners);
    for (const spy of output) expect(spy).not.toHaveBeenCalled();
    const check: GradientCase = {
      name: "convolution",
      shapes: [
        [4, 20, 20, 8],
        [3, 3, 8, 16],
      ],
      run: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"),
    };
    const difference = await largestDifference(check, "wasm");
    expect(difference).toBeLessThan(2e-5);
  });

  it("is opened once: auto gives the same, another is refused", async () => {
    expect(await openEngine("auto")).toBe(await openEngine("wasm"));
    await expect(openEngine("tensorflow")).rejects.toThrow(/already runs the engine wasm/);
  });
});
