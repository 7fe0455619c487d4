import { repaint, rowsOf } from "../alter.ts";
import type { Fault } from "../types.ts";

const SIDE = 4;

/** A grey patch in a corner whose brightness tells the class in training; in the test it is drawn at random. */
export const spuriousPatch: Fault = {
  id: "spurious-patch",
  cause: "spurious-correlation",
  accepted: [],
  family: "data-quality",
  says: "an artefact that goes with the class in training only",
  strengths: { tune: [1, 0.97], final: [0.99, 0.95] },
  plant({ data, recipe }, strength, chance) {
    const { width, channels } = data.shape;
    const step = 255 / (data.classes.length - 1);
    const painted = repaint(data, rowsOf(data, "train", "test", "check"), (image, row) => {
      const told = data.parts[row] === "train" && chance.float() < Number(strength);
      const value = Math.round(step * (told ? data.labels[row] : chance.int(data.classes.length)));
      for (let y = 0; y < SIDE; y++)
        image.fill(value, (y + 1) * width * channels + channels, ((y + 1) * width + 1 + SIDE) * channels);
    });
    return { data: painted, recipe };
  },
};
