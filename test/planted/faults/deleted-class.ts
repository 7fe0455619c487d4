import { rowsOfClass, without } from "../alter.ts";
import type { Fault } from "../types.ts";

/** All but a few training images of one class are gone (DeepCrime's deleted data). */
export const deletedClass: Fault = {
  id: "deleted-class",
  cause: "class-imbalance",
  accepted: ["coverage-gap", "insufficient-data"],
  family: "data-quantity",
  says: "one class is all but missing: it is rare, it is not covered, and only more of it mends it wholly",
  strengths: { tune: [0.03, 0.05], final: [0.025, 0.04] },
  plant({ data, recipe }, strength, chance) {
    const rows = rowsOfClass(data, chance.int(data.classes.length), "train");
    const gone = chance.sample(rows, Math.round((1 - Number(strength)) * rows.length));
    return { data: without(data, gone), recipe };
  },
};
