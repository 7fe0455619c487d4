import { clamp, repaint, someOfEach } from "../alter.ts";
import type { Fault } from "../types.ts";

/** A part of the training images drowned in sensor noise and darkness (DeepCrime's noisy data). */
export const imageQualityNoise: Fault = {
  id: "image-quality-noise",
  cause: "image-quality",
  accepted: [],
  family: "data-quality",
  says: "training images that show hardly anything; their labels are right",
  strengths: { tune: [0.6, 0.5], final: [0.55, 0.45] },
  plant({ data, recipe }, strength, chance) {
    const rows = someOfEach(data, Number(strength), chance, "train");
    const ruined = repaint(data, rows, (image) => {
      image.forEach((value, i) => void (image[i] = clamp(0.12 * value + 45 * Math.abs(chance.normal()))));
    });
    return { data: ruined, recipe };
  },
};
