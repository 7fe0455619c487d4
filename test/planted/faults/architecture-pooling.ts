import type { LayerSpec } from "../../../src/model/types.ts";
import { withLayers } from "../alter.ts";
import type { Fault } from "../types.ts";

/** The first pooling takes most of the resolution away before anything was seen. */
export const architecturePooling: Fault = {
  id: "architecture-pooling",
  cause: "architecture-choice",
  accepted: ["underfit"],
  family: "capacity",
  says: "spatial detail lost at the start; the network left is also too simple",
  strengths: { tune: [7, 5], final: [6, 8] },
  plant({ data, recipe }, strength) {
    let first = true;
    const coarse = withLayers(recipe, (name, config): LayerSpec | undefined => {
      if (!/^(conv2d|maxPooling2d)$/.test(name)) return { [name]: config };
      const { strides: _, ...plain } = config;
      if (name === "conv2d") return { [name]: { ...plain, padding: "same" } };
      if (!first) return undefined;
      first = false;
      return { averagePooling2d: { poolSize: Number(strength) } };
    });
    const at = coarse.architecture.findIndex((layer) => "averagePooling2d" in layer);
    const pooling = coarse.architecture.splice(at, 1);
    return { data, recipe: { ...coarse, architecture: [...pooling, ...coarse.architecture] } };
  },
};
