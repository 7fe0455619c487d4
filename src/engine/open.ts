import type { Engine, EngineName } from "./types.ts";

/** One engine a process: tfjs keeps its backend and its tensors in module state. */
let opened: { name: EngineName; engine: Promise<Engine> } | undefined;

/**
 * Opens the engine where tensors live, once a process.
 *
 * @param name "auto" takes `tensorflow` where it is installed and `wasm` otherwise
 * @param options.threads of one operation, default 1: the audit runs one process a core, and sums do not depend on the machine
 * @throws InputError where an engine that was asked for is not installed; it says how to get it
 */
export async function openEngine(name: EngineName | "auto", options: { threads?: number } = {}): Promise<Engine> {
  if (opened) {
    if (name !== "auto" && opened.name !== name)
      throw new Error(`This process already runs the engine ${opened.name}: open ${name} in another process.`);
    return opened.engine;
  }
  const { threads = 1 } = options;
  const { openTensorflow, tensorflowProblem } = await import("./tensorflow.ts");
  const chosen = name === "auto" ? (tensorflowProblem(threads) === undefined ? "tensorflow" : "wasm") : name;
  const open = {
    tensorflow: async () => openTensorflow(threads),
    wasm: async () => (await import("./wasm.ts")).openWasm(threads),
    webgpu: async () => (await import("./webgpu.ts")).openWebgpu(),
  };
  const engine = open[chosen]();
  opened = { name: chosen, engine };
  engine.catch(() => {
    opened = undefined;
  });
  return engine;
}
