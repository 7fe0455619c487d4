import { clamp, repaint, rowsOf } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Test images come inverted (a negative), wholly or nearly so: black on white where training has white on black. */
export const preprocessingInverted: Fault = {
  id: "preprocessing-inverted",
  cause: "preprocessing-mismatch",
  accepted: [],
  family: "data-quality",
  says: "values of the test images run the other way; one line of code mends it",
  strengths: { tune: [1], final: [1] },
  bases: ["mnist", "cifar10"],
  plant({ data, recipe }) {
    const negative = repaint(data, rowsOf(data, "test", "check"), (image) => {
      image.forEach((value, i) => void (image[i] = clamp(255 - value)));
    });
    return { data: negative, recipe };
  },
};
