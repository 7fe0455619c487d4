import { rowsOfClass, withCopies } from "../alter.ts";
import type { Fault } from "../types.ts";

/**
 * Training images of classes taken in pairs are there a second time with the label of the other (DeepCrime's overlapping classes): a part
 * of the images of both, so that no class outgrows another.
 */
export const overlappingClasses: Fault = {
  id: "overlapping-classes",
  cause: "label-noise",
  accepted: ["ambiguity"],
  family: "data-quality",
  says: "the same picture with two labels: one of them is wrong, or the classes overlap",
  strengths: { tune: [0.9, 0.6], final: [0.8, 0.7] },
  plant({ data, recipe }, strength, chance) {
    let changed = data;
    for (let label = 0; label + 1 < data.classes.length; label += 2)
      for (const [from, to] of [
        [label, label + 1],
        [label + 1, label],
      ]) {
        const rows = rowsOfClass(data, from, "train");
        const some = chance.sample(rows, Math.round((Number(strength) / 2) * rows.length));
        changed = withCopies(changed, some, { part: "train", label: () => to });
      }
    return { data: changed, recipe };
  },
};
