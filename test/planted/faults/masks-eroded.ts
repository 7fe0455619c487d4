import { someOfEach } from "../alter.ts";
import { eroded, withMasks } from "../masks.ts";
import type { Fault } from "../types.ts";

/** In a part of the training masks the objects lost so many pixels all around. */
const PIXELS = 2;

export const masksEroded: Fault = {
  id: "masks-eroded",
  cause: "label-noise",
  accepted: [],
  family: "data-quality",
  says: "masks drawn too tight: what they leave out is labelled background and is none",
  strengths: { tune: [0.6], final: [0.65] },
  bases: ["masks"],
  plant({ data, recipe }, strength, chance) {
    const tight = withMasks(data, someOfEach(data, Number(strength), chance, "train"), (mask) =>
      eroded(mask, data.shape, PIXELS),
    );
    return { data: tight, recipe };
  },
};
