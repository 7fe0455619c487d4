import { clamp, repaint, rowsOf, without } from "../alter.ts";
import type { Fault } from "../types.ts";

/** As coverage-metadata, but nothing says which images are of the other kind: it must be found in the features. */
export const coverageHidden: Fault = {
  id: "coverage-hidden",
  cause: "coverage-gap",
  accepted: ["preprocessing-mismatch"],
  family: "data-quantity",
  says: "a kind of image that training lacks, told by no column; to a reader it may look like other preprocessing",
  strengths: { tune: [0.35, 0.45], final: [0.3, 0.4] },
  bases: ["mnist", "tabletop"],
  plant({ data, recipe }, strength, chance) {
    const other = rowsOf(data, "train", "test", "check").filter(() => chance.float() < Number(strength));
    const seen = repaint(data, other, (image) => {
      image.forEach((value, i) => void (image[i] = clamp(230 - 0.6 * value)));
    });
    const gone = other.filter((row) => data.parts[row] === "train");
    return { data: without(seen, gone), recipe };
  },
};
