import { someOfEach, withLabels } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Training labels replaced by any other class at random (DeepCrime's changed labels, symmetric). */
export const labelNoiseRandom: Fault = {
  id: "label-noise-random",
  cause: "label-noise",
  accepted: [],
  family: "data-quality",
  says: "labels wrong at random are wrong labels and nothing else",
  strengths: { tune: [0.4, 0.3], final: [0.35, 0.25] },
  plant({ data, recipe }, strength, chance) {
    const rows = someOfEach(data, Number(strength), chance, "train");
    const { length } = data.classes;
    const another = (row: number) => (data.labels[row] + 1 + chance.int(length - 1)) % length;
    return { data: withLabels(data, rows, another), recipe };
  },
};
