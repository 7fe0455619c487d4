import { epochsOver, rowsOf, someOfEach, without, withoutDropout } from "../alter.ts";
import type { Fault } from "../types.ts";

/** No dropout at all, on a part of the images (the article's second example); training takes as many steps as before. */
export const regularizationNone: Fault = {
  id: "regularization-none",
  cause: "regularization",
  accepted: ["overfit", "insufficient-data"],
  family: "capacity",
  says: "memorising is mended by holding it back, by a smaller network, or by more images",
  strengths: { tune: [0.4, 0.25], final: [0.35, 0.3] },
  plant({ data, recipe }, strength, chance) {
    const kept = new Set(someOfEach(data, Number(strength), chance, "train"));
    const gone = rowsOf(data, "train").filter((row) => !kept.has(row));
    // As many steps as before: fewer images over the same epochs would be a short training, which memorises nothing.
    const epochs = epochsOver(recipe, Number(strength));
    const bare = withoutDropout(recipe);
    return { data: without(data, gone), recipe: { ...bare, fit: { ...bare.fit, epochs } } };
  },
};
