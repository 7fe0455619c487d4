import { someOfEach } from "../alter.ts";
import { withMasks } from "../masks.ts";
import type { Fault } from "../types.ts";

/** A part of the training masks is all background, whatever the image shows: objects that nobody drew. */
export const masksMissing: Fault = {
  id: "masks-missing",
  cause: "label-noise",
  accepted: ["class-imbalance"],
  family: "data-quality",
  says: "objects left out are taught as background, so the classes lose pixels to it: weights of the classes make up for a part of that",
  strengths: { tune: [0.5], final: [0.45] },
  bases: ["masks"],
  plant({ data, recipe }, strength, chance) {
    const missing = withMasks(
      data,
      someOfEach(data, Number(strength), chance, "train"),
      (mask) => new Uint8Array(mask.length),
    );
    return { data: missing, recipe };
  },
};
