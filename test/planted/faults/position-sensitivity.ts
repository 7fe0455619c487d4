import { rowsOf, warped } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Training has the objects in the middle; in the test they lie anywhere. */
export const positionSensitivity: Fault = {
  id: "position-sensitivity",
  cause: "position-sensitivity",
  accepted: ["coverage-gap"],
  family: "capacity",
  says: "shifted objects: training lacks them, and shifts of the training images make up for it",
  strengths: { tune: [0.25, 0.2], final: [0.22, 0.28] },
  bases: ["mnist", "eth80", "tabletop"],
  plant: ({ data, recipe }, strength, chance) => ({
    data: warped(data, rowsOf(data, "test", "check"), { shift: Number(strength) }, chance),
    recipe,
  }),
};
