import { withHidden, withLayers } from "../alter.ts";
import type { Fault } from "../types.ts";

/** DeepCrime's removed activations: a linear model, whatever its depth. */
export const activationLinear: Fault = {
  id: "activation-linear",
  cause: "architecture-choice",
  accepted: ["underfit"],
  family: "capacity",
  says: "a network without activations is too simple a model",
  strengths: { tune: ["linear"], final: ["linear"] },
  bases: ["mnist", "cifar10"],
  plant({ data, recipe }) {
    const linear = withHidden(recipe, () => ({ activation: "linear" }));
    const average = withLayers(linear, (name, config) =>
      name === "maxPooling2d" ? { averagePooling2d: config } : { [name]: config },
    );
    return { data, recipe: average };
  },
};
