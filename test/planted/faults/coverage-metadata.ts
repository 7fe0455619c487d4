import { brightness, clamp, repaint, rowsOf, without } from "../alter.ts";
import type { Fault } from "../types.ts";

/**
 * Two sites photograph in their own way: the second one's images are negatives of low contrast. The manifest says the site, and
 * training has next to none of the second.
 */
export const coverageMetadata: Fault = {
  id: "coverage-metadata",
  cause: "coverage-gap",
  accepted: [],
  family: "data-quantity",
  says: "a site that training lacks, named in a column of the manifest",
  strengths: { tune: [0, 0.02], final: [0.01, 0.03] },
  bases: ["mnist", "cifar10"],
  plant({ data, recipe }, strength, chance) {
    const site = Array.from(data.labels, () => (chance.float() < 0.35 ? "harbour" : "hill"));
    const rows = rowsOf(data, "train", "test", "check").filter((row) => site[row] === "harbour");
    const seen = repaint(data, rows, (image, row) => {
      const mean = brightness(data, row);
      image.forEach((value, i) => void (image[i] = clamp(150 - 0.45 * (value - mean))));
    });
    const gone = rows.filter((row) => data.parts[row] === "train" && chance.float() >= Number(strength) / 0.35);
    return { data: without({ ...seen, columns: { ...data.columns, site } }, gone), recipe };
  },
};
