import type { LayerSpec } from "../../../src/model/types.ts";
import { withLayers } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Kernels of one pixel under a global average: no layer sees how pixels lie to one another. */
export const architectureKernel: Fault = {
  id: "architecture-kernel",
  cause: "architecture-choice",
  accepted: ["underfit"],
  family: "capacity",
  says: "a receptive field far smaller than the objects",
  strengths: { tune: [1], final: [1] },
  plant({ data, recipe }, strength) {
    const blind = withLayers(recipe, (name, config): LayerSpec | undefined => {
      if (name === "conv2d") return { conv2d: { ...config, kernelSize: Number(strength), strides: 1 } };
      if (name === "maxPooling2d") return undefined;
      return name === "flatten" ? { globalAveragePooling2d: {} } : { [name]: config };
    });
    return { data, recipe: blind };
  },
};
