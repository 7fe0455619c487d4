import { rowsOfClass, without } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Half of the classes are rare in training (DeepCrime's unbalanced data); the test is even. */
export const classImbalance: Fault = {
  id: "class-imbalance",
  cause: "class-imbalance",
  accepted: [],
  family: "data-quantity",
  says: "rare classes lose against frequent ones; weights mend it without one more image",
  strengths: { tune: [0.06, 0.1], final: [0.05, 0.08] },
  plant({ data, recipe }, strength, chance) {
    const rare = chance.sample([...data.classes.keys()], Math.floor(data.classes.length / 2));
    const gone = rare.flatMap((label) => {
      const rows = rowsOfClass(data, label, "train");
      return chance.sample(rows, Math.round((1 - Number(strength)) * rows.length));
    });
    return { data: without(data, gone), recipe };
  },
};
