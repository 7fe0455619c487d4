import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { correctAveragePooling } from "./average-pooling.ts";
import type { Engine } from "./types.ts";
import { registerWasmKernels } from "./wasm-kernels/index.ts";
import { withThreads } from "./wasm-threads.ts";

const BINARY = "tfjs-backend-wasm-simd.wasm";
/** Part of the engine's version: raise it when a kernel here changes results in the last bits. */
const KERNELS_VERSION = 3;

/**
 * The portable engine: tfjs on WebAssembly with SIMD, made able to train.
 *
 * @param threads 1 (the default of `openEngine`: the audit runs one process a core) or more
 */
export async function openWasm(threads: number): Promise<Engine> {
  tf.enableProdMode();
  setWasmPaths(`${binaries()}/`);
  tf.env().set("WASM_HAS_SIMD_SUPPORT", true);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threads > 1);
  setThreadsCount(threads);
  const start = async () => {
    if (!(await tf.setBackend("wasm"))) throw new Error("The wasm backend of TensorFlow.js did not start.");
    await tf.ready();
  };
  await withoutNewListeners(() => (threads > 1 ? withThreads(threads, start) : start()));
  registerWasmKernels();
  correctAveragePooling(tf);
  const version = `tfjs ${tf.version_core}, wasm simd, kernels ${KERNELS_VERSION}`;
  const converter = () => import("@tensorflow/tfjs-converter");
  return { name: "wasm", version, threads, synchronous: true, tf, layers, converter };
}

/** The folder of the .wasm files: beside this file where it was bundled, otherwise the installed package. */
function binaries(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  if (existsSync(join(here, BINARY))) return here;
  return dirname(createRequire(import.meta.url).resolve(`@tensorflow/tfjs-backend-wasm/dist/${BINARY}`));
}

/** The compiled module adds process-wide handlers that rethrow errors with a screenful of its own source. They go again. */
async function withoutNewListeners(start: () => Promise<void>): Promise<void> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => new Set(process.listeners(event as "uncaughtException")));
  await start();
  events.forEach((event, i) => {
    for (const listener of process.listeners(event as "uncaughtException"))
      if (!before[i].has(listener)) process.removeListener(event, listener);
  });
}
