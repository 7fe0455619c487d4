import { withHidden, withLayers } from "../alter.ts";
import type { Fault } from "../types.ts";

/** So much dropout (DeepCrime's changed dropout) or weight decay (its changed regularization) that nothing can be learnt. */
export const regularizationHeavy: Fault = {
  id: "regularization-heavy",
  cause: "regularization",
  accepted: ["underfit", "training-length"],
  family: "capacity",
  says: "held back too much the network underfits, and longer training makes up for some of it",
  strengths: { tune: ["dropout 0.9", "l2 0.1"], final: ["l2 0.06", "dropout 0.93"] },
  plant({ data, recipe }, strength) {
    const [kind, value] = String(strength).split(" ");
    const held =
      kind === "dropout"
        ? withLayers(recipe, (name, config) => ({ [name]: name === "dropout" ? { rate: Number(value) } : config }))
        : withHidden(recipe, () => ({
            kernelRegularizer: { className: "L1L2", config: { l1: 0, l2: Number(value) } },
          }));
    return { data, recipe: held };
  },
};
