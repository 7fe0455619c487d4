import { someOfEach, withLabels } from "../alter.ts";
import type { Fault } from "../types.ts";

/** A part of each class carries the next class's label (DeepCrime's changed labels, systematic). */
export const labelNoiseNext: Fault = {
  id: "label-noise-next",
  cause: "label-noise",
  accepted: [],
  family: "data-quality",
  says: "labels shifted to the next class are wrong labels; the images themselves are plain",
  strengths: { tune: [0.35, 0.3], final: [0.33, 0.27] },
  plant({ data, recipe }, strength, chance) {
    const rows = someOfEach(data, Number(strength), chance, "train");
    return { data: withLabels(data, rows, (row) => (data.labels[row] + 1) % data.classes.length), recipe };
  },
};
