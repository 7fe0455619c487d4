import { epochsOver, rowsOf, someOfEach, without } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Only a small part of the training images is left (DeepCrime's deleted data); training takes as many steps as before. */
export const insufficientData: Fault = {
  id: "insufficient-data",
  cause: "insufficient-data",
  accepted: ["overfit", "regularization"],
  family: "data-quantity",
  mendable: false,
  says: "with few images a network memorises: holding that back mends a part of it",
  strengths: { tune: [0.1, 0.06], final: [0.12, 0.08] },
  plant({ data, recipe }, strength, chance) {
    const kept = new Set(someOfEach(data, Number(strength), chance, "train"));
    const gone = rowsOf(data, "train").filter((row) => !kept.has(row));
    const epochs = epochsOver(recipe, Number(strength));
    return { data: without(data, gone), recipe: { ...recipe, fit: { ...recipe.fit, epochs, batchSize: 16 } } };
  },
};
