import { someOfEach } from "../alter.ts";
import { flipped, withMasks } from "../masks.ts";
import type { Fault } from "../types.ts";

/** In a part of the training masks every object carries the next class: cups are drawn as apples and apples as cups. */
export const masksFlipped: Fault = {
  id: "masks-flipped",
  cause: "label-noise",
  accepted: [],
  family: "data-quality",
  says: "outlines are right and the classes within them are wrong: the masks are wrong labels and nothing else",
  strengths: { tune: [0.35], final: [0.3] },
  bases: ["masks"],
  plant({ data, recipe }, strength, chance) {
    const rows = someOfEach(data, Number(strength), chance, "train");
    return { data: withMasks(data, rows, (mask) => flipped(mask, data)), recipe };
  },
};
