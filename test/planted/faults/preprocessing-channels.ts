import { repaint, rowsOf } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Test images were written with their channels in another order. */
export const preprocessingChannels: Fault = {
  id: "preprocessing-channels",
  cause: "preprocessing-mismatch",
  accepted: [],
  family: "data-quality",
  says: "blue and red are swapped in the test images",
  strengths: { tune: ["bgr"], final: ["bgr"] },
  bases: ["cifar10", "eth80", "tabletop"],
  plant({ data, recipe }) {
    const swapped = repaint(data, rowsOf(data, "test", "check"), (image) => {
      for (let i = 0; i < image.length; i += 3) [image[i], image[i + 2]] = [image[i + 2], image[i]];
    });
    return { data: swapped, recipe };
  },
};
