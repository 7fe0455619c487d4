import { createRequire } from "node:module";
import { join } from "node:path";
import util from "node:util";
import type * as converter from "@tensorflow/tfjs-converter";
import type * as core from "@tensorflow/tfjs-core";
import type * as layers from "@tensorflow/tfjs-layers";
import { InputError } from "../errors.ts";
import { NATIVE_KERNELS_VERSION, registerNativeKernels } from "./native-kernels/index.ts";
import { nativePackagePath } from "./native-path.ts";
import type { Engine } from "./types.ts";

const PACKAGE = "@tensorflow/tfjs-node";

type Loaded = { engine: Engine } | { problem: unknown };
let loaded: Loaded | undefined;

/**
 * The native engine. `tf` and `layers` come from the addon's own dependencies, so that one copy of tfjs' core is in use.
 *
 * @param threads of one operation; TensorFlow reads it when the addon loads, and what `TF_NUM_INTRAOP_THREADS` says comes first
 * @throws InputError where the addon is not installed or does not load
 */
export async function openTensorflow(threads: number): Promise<Engine> {
  const { engine, problem } = { engine: undefined, problem: undefined, ...load(threads) };
  if (engine) {
    await engine.tf.ready();
    return engine;
  }
  throw new InputError({
    file: "engine",
    problem: `The engine tensorflow was asked for, but ${PACKAGE} does not load (${firstLine(problem)}).`,
    remedy: `Run \`npm run native\`, or install it with \`npm install ${PACKAGE}\`, or ask for the engine wasm.`,
    cause: problem,
  });
}

/** Why the native engine cannot be used, or nothing where it can. It loads the addon. */
export function tensorflowProblem(threads: number): unknown {
  const result = load(threads);
  return "problem" in result ? result.problem : undefined;
}

function load(threads: number): Loaded {
  if (!loaded) {
    try {
      loaded = { engine: requireAddon(threads) };
    } catch (problem) {
      loaded = { problem };
    }
  }
  return loaded;
}

function requireAddon(threads: number): Engine {
  restoreRemovedUtilities();
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // libtensorflow greets on stderr otherwise
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  const require = createRequire(import.meta.url);
  const built = nativePackagePath();
  const entry = require.resolve(built ?? PACKAGE);
  const addon = require(entry) as typeof core & { version: Record<string, string> };
  const fromAddon = createRequire(built ? join(built, "package.json") : entry);
  const tfjs = createRequire(fromAddon.resolve("@tensorflow/tfjs"));
  const tf = tfjs("@tensorflow/tfjs-core") as typeof core;
  tf.enableProdMode();
  if (tf.getBackend() !== "tensorflow") throw new Error(`${PACKAGE} loaded, but its backend did not register.`);
  const kernels = registerNativeKernels(tf);
  const library = `tfjs-node ${addon.version["tfjs-node"]}, libtensorflow ${libraryVersion(tf)}`;
  const version = `${library}, kernels ${NATIVE_KERNELS_VERSION} (${kernels.length} replaced)`;
  return {
    name: "tensorflow",
    version,
    threads: Number(process.env.TF_NUM_INTRAOP_THREADS),
    synchronous: true,
    tf,
    layers: tfjs("@tensorflow/tfjs-layers") as typeof layers,
    converter: async () => tfjs("@tensorflow/tfjs-converter") as typeof converter,
  };
}

const libraryVersion = (tf: typeof core): string =>
  (tf.backend() as unknown as { binding?: { TF_Version?: string } }).binding?.TF_Version ?? "unknown";

/** tfjs-node 4.22 calls two functions that Node 23 removed from `util` (tensorflow/tfjs#8425). */
function restoreRemovedUtilities(): void {
  const old = util as unknown as Record<string, ((value: unknown) => boolean) | undefined>;
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
}

const firstLine = (problem: unknown): string =>
  (problem instanceof Error ? problem.message : String(problem)).split("\n")[0];
