import { withHidden } from "../alter.ts";
import type { Fault } from "../types.ts";

/** DeepCrime's changed initialisation of weights: far too large, so that training starts from saturated noise. */
export const initialisation: Fault = {
  id: "initialisation",
  cause: "architecture-choice",
  accepted: ["learning-rate", "training-length"],
  family: "capacity",
  says: "no cause of the list is initialisation: it is a choice in the layers, and training that does not converge",
  strengths: { tune: [1], final: [0.8] },
  bases: ["mnist", "cifar10"],
  plant: ({ data, recipe }, strength) => ({
    data,
    recipe: withHidden(recipe, () => ({
      kernelInitializer: { className: "RandomNormal", config: { mean: 0, stddev: Number(strength) } },
    })),
  }),
};
