import { rowsOfClass, without } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Hardly any training image shows objects of one class; the test has as many of them as of the others. */
export const masksRareClass: Fault = {
  id: "masks-rare-class",
  cause: "class-imbalance",
  accepted: ["coverage-gap", "insufficient-data"],
  family: "data-quantity",
  says: "one class is rare, it is hardly covered, and only more of it mends it wholly (as deleted-class, of pixels)",
  strengths: { tune: [0.08], final: [0.06] },
  bases: ["masks"],
  plant({ data, recipe }, strength, chance) {
    const rows = rowsOfClass(data, 1 + chance.int(data.classes.length - 1), "train");
    const gone = chance.sample(rows, Math.round((1 - Number(strength)) * rows.length));
    return { data: without(data, gone), recipe };
  },
};
