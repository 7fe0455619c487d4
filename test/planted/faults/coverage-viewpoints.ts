import { rowsOf, without } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Training saw the objects from the front only: azimuths within so many degrees of 0. */
export const coverageViewpoints: Fault = {
  id: "coverage-viewpoints",
  cause: "coverage-gap",
  accepted: ["viewpoint-occlusion"],
  family: "data-quantity",
  says: "viewpoints that training lacks: the article's first example",
  strengths: { tune: [40, 60], final: [50, 70] },
  bases: ["eth80", "tabletop"],
  plant({ data, recipe }, strength) {
    const gone = rowsOf(data, "train").filter((row) => {
      const azimuth = Number(data.columns.azimuth[row]);
      return Math.min(azimuth, 360 - azimuth) > Number(strength);
    });
    return { data: without(data, gone), recipe };
  },
};
