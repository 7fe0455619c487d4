import { clamp, repaint, rowsOf } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Training images of each class were taken in a light of their own; test images in any of those lights. */
export const spuriousBrightness: Fault = {
  id: "spurious-brightness",
  cause: "spurious-correlation",
  accepted: [],
  family: "data-quality",
  says: "brightness goes with the class in training only",
  strengths: { tune: [110, 90], final: [100, 80] },
  plant({ data, recipe }, strength, chance) {
    const { length } = data.classes;
    const painted = repaint(data, rowsOf(data, "train", "test", "check"), (image, row) => {
      const light = data.parts[row] === "train" ? data.labels[row] : chance.int(length);
      const shift = Number(strength) * (light / (length - 1) - 0.5);
      image.forEach((value, i) => void (image[i] = clamp(0.5 * value + 64 + shift)));
    });
    return { data: painted, recipe };
  },
};
