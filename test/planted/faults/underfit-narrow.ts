import { withHidden, withoutDropout } from "../alter.ts";
import type { Fault } from "../types.ts";

/** So few filters and units that the training images cannot be learnt. */
export const underfitNarrow: Fault = {
  id: "underfit-narrow",
  cause: "underfit",
  accepted: ["architecture-choice"],
  family: "capacity",
  says: "too simple a network: wider is a choice of architecture too",
  strengths: { tune: [1, 2], final: [2, 1] },
  plant: ({ data, recipe }, strength) => ({
    data,
    recipe: withHidden(withoutDropout(recipe), ({ filters }) =>
      filters === undefined ? { units: 3 + Number(strength) } : { filters: Number(strength) },
    ),
  }),
};
