import { clamp, repaint, someOfEach } from "../alter.ts";
import type { Fault } from "../types.ts";

/** A part of the training images without contrast: what a covered or overexposed lens gives. */
export const imageQualityBlank: Fault = {
  id: "image-quality-blank",
  cause: "image-quality",
  accepted: [],
  family: "data-quality",
  says: "training images that are all but blank; their labels are right",
  strengths: { tune: [0.6, 0.5], final: [0.55, 0.45] },
  plant({ data, recipe }, strength, chance) {
    const rows = someOfEach(data, Number(strength), chance, "train");
    const blank = repaint(data, rows, (image) => {
      const light = chance.int(2) === 0 ? 8 : 240;
      image.forEach((value, i) => void (image[i] = clamp(light + 0.03 * (value - 128))));
    });
    return { data: blank, recipe };
  },
};
