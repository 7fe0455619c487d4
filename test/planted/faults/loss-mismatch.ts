import { withLayers } from "../alter.ts";
import type { Fault } from "../types.ts";

/**
 * DeepCrime's changed loss: absolute error or a hinge on probabilities, or Keras' best-known trap, a linear last layer whose
 * outputs the loss takes for probabilities.
 */
export const lossMismatch: Fault = {
  id: "loss-mismatch",
  cause: "loss-mismatch",
  accepted: [],
  family: "optimisation",
  says: "loss and last layer do not fit",
  strengths: { tune: ["meanAbsoluteError", "linear"], final: ["hinge", "linear", "meanAbsoluteError"] },
  plant({ data, recipe }, strength) {
    if (strength !== "linear")
      return { data, recipe: { ...recipe, compile: { ...recipe.compile, loss: String(strength) } } };
    const linear = withLayers(recipe, (name, config, last) => ({
      [name]: last ? { ...config, activation: "linear" } : config,
    }));
    return { data, recipe: { ...linear, compile: { ...linear.compile, fromLogits: false } } };
  },
};
