import { rowsOfClass, withCopies } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Training images of every second class are there a second time with the label of the class after it (DeepCrime's overlapping classes). */
export const overlappingClasses: Fault = {
  id: "overlapping-classes",
  cause: "label-noise",
  accepted: ["ambiguity"],
  family: "data-quality",
  says: "the same picture with two labels: one of them is wrong, or the classes overlap",
  strengths: { tune: [0.9, 0.6], final: [0.8, 0.7] },
  plant({ data, recipe }, strength, chance) {
    let changed = data;
    for (let label = 0; label + 1 < data.classes.length; label += 2) {
      const rows = rowsOfClass(data, label, "train");
      const some = chance.sample(rows, Math.round(Number(strength) * rows.length));
      changed = withCopies(changed, some, { part: "train", label: () => label + 1 });
    }
    return { data: changed, recipe };
  },
};
