import type * as converter from "@tensorflow/tfjs-converter";
import type * as core from "@tensorflow/tfjs-core";
import type * as layers from "@tensorflow/tfjs-layers";

export const ENGINES = ["tensorflow", "wasm", "webgpu"] as const;
export type EngineName = (typeof ENGINES)[number];

/** Where tensors live. Everything above the engines' floor talks to this only. */
export interface Engine {
  name: EngineName;
  /** Goes into the report and into the digest of cached results: results differ between engines in the last bits. */
  version: string;
  threads: number;
  /** tfjs core with this engine's backend active. */
  tf: typeof core;
  layers: typeof layers;
  /** Whether values of tensors can be had at once. A GPU gives them only to those who wait. */
  synchronous: boolean;
  /** Reads graph models; loaded when it is asked for. */
  converter(): Promise<typeof converter>;
}
