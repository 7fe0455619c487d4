import { rowsOf, withCopies } from "../alter.ts";
import type { Fault } from "../types.ts";

/** A part of the test images lies in training as well. */
export const leakage: Fault = {
  id: "leakage",
  cause: "leakage",
  accepted: [],
  family: "data-quality",
  mendable: false,
  says: "identical files in training and test",
  strengths: { tune: [0.4, 0.25], final: [0.3, 0.2] },
  plant({ data, recipe }, strength, chance) {
    const test = rowsOf(data, "test");
    const some = chance.sample(test, Math.round(Number(strength) * test.length));
    return { data: withCopies(data, some, { part: "train" }), recipe };
  },
};
