import { repaint, rowsOf } from "../alter.ts";
import type { Fault } from "../types.ts";

/** In the test something grey covers a part of each image. */
export const occlusion: Fault = {
  id: "occlusion",
  cause: "viewpoint-occlusion",
  accepted: ["coverage-gap"],
  family: "capacity",
  says: "occluded objects: training lacks them, and occluding the training images makes up for it",
  strengths: { tune: [0.45, 0.5], final: [0.42, 0.48] },
  plant({ data, recipe }, strength, chance) {
    const { height, width, channels } = data.shape;
    const side = Math.round(Number(strength) * width);
    const covered = repaint(data, rowsOf(data, "test", "check"), (image) => {
      const [top, left] = [chance.int(height - side), chance.int(width - side)];
      const grey = 60 + chance.int(140);
      for (let y = top; y < top + side; y++)
        image.fill(grey, (y * width + left) * channels, (y * width + left + side) * channels);
    });
    return { data: covered, recipe };
  },
};
