import { someOfEach } from "./alter.ts";
import { flipped, movedAnywhere, withMasks } from "./masks.ts";
import type { Change } from "./types.ts";

/** Odd but harmless masks; beside them the base takes decoys of recipes from decoys.ts. */
export const MASK_DECOYS: Change[] = [
  {
    id: "few-wrong-masks",
    says: "4 % of the training masks are flipped, which costs next to nothing",
    strengths: { tune: [0.04], final: [0.03] },
    bases: ["masks"],
    plant({ data, recipe }, strength, chance) {
      const rows = someOfEach(data, Number(strength), chance, "train");
      return { data: withMasks(data, rows, (mask) => flipped(mask, data)), recipe };
    },
  },
  {
    id: "loose-outlines",
    says: "training masks drawn by an unsteady hand: a pixel off in any direction, which evens out",
    strengths: { tune: [0.3], final: [0.25] },
    bases: ["masks"],
    plant({ data, recipe }, strength, chance) {
      const loose = withMasks(data, someOfEach(data, Number(strength), chance, "train"), (mask) =>
        movedAnywhere(mask, data.shape, 1 / data.shape.width, chance),
      );
      return { data: loose, recipe };
    },
  },
];
