import { clamp, repaint, rowsOf } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Test images were scaled once more than training images: their values fill only the lowest part of the range. */
export const preprocessingScale: Fault = {
  id: "preprocessing-scale",
  cause: "preprocessing-mismatch",
  accepted: [],
  family: "data-quality",
  says: "the test images' values are a fraction of what training has",
  strengths: { tune: [0.12, 0.2], final: [0.1, 0.18] },
  plant({ data, recipe }, strength) {
    const dim = repaint(data, rowsOf(data, "test", "check"), (image) => {
      image.forEach((value, i) => void (image[i] = clamp(Number(strength) * value)));
    });
    return { data: dim, recipe };
  },
};
