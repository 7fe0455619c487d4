import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { InputError } from "../errors.ts";
import { correctAveragePooling } from "./average-pooling.ts";
import type { Engine } from "./types.ts";

const DAWN = "webgpu";
const BACKEND = "@tensorflow/tfjs-backend-webgpu";

interface Adapter {
  info: { vendor: string; architecture: string; device: string; description: string };
}
interface Gpu {
  requestAdapter(options: { powerPreference: "high-performance" }): Promise<Adapter | null>;
}
interface Dawn {
  create(options: string[]): Gpu;
  globals: object;
}

/**
 * The engine for GPUs of any maker: tfjs on WebGPU, which Dawn brings into Node, through Vulkan (Metal, Direct3D 12). Values come
 * back only to those who wait, so `synchronous` is false.
 *
 * @throws InputError where the packages are not installed, or no adapter is found
 */
export async function openWebgpu(): Promise<Engine> {
  const gpu = await installGlobals();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter)
    throw new InputError({
      file: "engine",
      problem: "The engine webgpu was asked for, but no GPU was found through Vulkan (Metal, Direct3D 12).",
      remedy:
        "Install the GPU's Vulkan driver and libvulkan1 (for software Vulkan: scripts/software-vulkan.sh), or ask for the engine wasm.",
    });
  tf.enableProdMode();
  createRequire(import.meta.url)(BACKEND);
  // Small tensors are computed on the CPU by default, which would hide what the GPU does.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  if (!(await tf.setBackend("webgpu"))) throw new Error("The WebGPU backend of TensorFlow.js did not start.");
  await tf.ready();
  stopOnErrors();
  correctAveragePooling(tf);
  const { vendor, device, description } = adapter.info;
  const name = [description || device || vendor].filter(Boolean).join(" ") || "unknown GPU";
  return {
    name: "webgpu",
    version: `tfjs ${tf.version_core}, webgpu on ${name}`,
    threads: 0,
    synchronous: false,
    tf,
    layers,
    converter: () => import("@tensorflow/tfjs-converter"),
  };
}

/** What the GPU refuses is reported beside the program, which would go on with wrong numbers. It ends the process instead. */
function stopOnErrors(): void {
  const { device } = tf.backend() as unknown as { device: EventTarget };
  device.addEventListener("uncapturederror", (event) => {
    const { message } = (event as Event & { error: { message: string } }).error;
    setImmediate(() => {
      throw new Error(`The GPU refused an operation: ${message}`);
    });
  });
}

/** WebGPU as browsers have it: classes in the global scope, and `navigator.gpu`. */
async function installGlobals(): Promise<Gpu> {
  const { create, globals } = await loadDawn();
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
  return gpu;
}

async function loadDawn(): Promise<Dawn> {
  try {
    const require = createRequire(import.meta.url);
    require.resolve(BACKEND);
    return (await import(pathToFileURL(require.resolve(DAWN)).href)) as Dawn;
  } catch (cause) {
    throw new InputError({
      file: "engine",
      problem: `The engine webgpu was asked for, but ${DAWN} and ${BACKEND} do not load (${String((cause as Error).message).split("\n")[0]}).`,
      remedy: `Install them with \`npm install ${DAWN} ${BACKEND}@${tf.version_core}\`, or ask for the engine wasm.`,
      cause,
    });
  }
}
