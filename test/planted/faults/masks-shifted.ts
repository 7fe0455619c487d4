import { someOfEach } from "../alter.ts";
import { movedAnywhere, withMasks } from "../masks.ts";
import type { Fault } from "../types.ts";

/** A part of the training masks lies beside its objects, moved by so much of the image's side in any direction. */
const FAR = 0.25;

export const masksShifted: Fault = {
  id: "masks-shifted",
  cause: "label-noise",
  accepted: [],
  family: "data-quality",
  says: "the images are right, and their masks are wrong wherever object and mask no longer meet",
  strengths: { tune: [0.5], final: [0.55] },
  bases: ["masks"],
  plant({ data, recipe }, strength, chance) {
    const shifted = withMasks(data, someOfEach(data, Number(strength), chance, "train"), (mask) =>
      movedAnywhere(mask, data.shape, FAR, chance),
    );
    return { data: shifted, recipe };
  },
};
