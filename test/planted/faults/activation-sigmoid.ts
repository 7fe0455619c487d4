import { withHidden } from "../alter.ts";
import type { Fault } from "../types.ts";

/** DeepCrime's changed activations: sigmoids, whose gradients vanish. */
export const activationSigmoid: Fault = {
  id: "activation-sigmoid",
  cause: "architecture-choice",
  accepted: ["learning-rate", "training-length"],
  family: "capacity",
  says: "vanishing gradients make training slow: larger or more steps mend it as well",
  strengths: { tune: ["sigmoid"], final: ["sigmoid"] },
  plant: ({ data, recipe }, strength) => ({ data, recipe: withHidden(recipe, () => ({ activation: strength })) }),
};
