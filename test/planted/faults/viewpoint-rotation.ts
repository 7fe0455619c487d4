import { rowsOf, warped } from "../alter.ts";
import type { Fault } from "../types.ts";

/** The camera is held at any slant and distance in the test, upright and near in training. */
export const viewpointRotation: Fault = {
  id: "viewpoint-rotation",
  cause: "viewpoint-occlusion",
  accepted: ["coverage-gap"],
  family: "capacity",
  says: "slanted views: training lacks them, and turns of the training images make up for it",
  strengths: { tune: [60, 45], final: [50, 70] },
  bases: ["mnist", "cifar10", "tabletop"],
  plant: ({ data, recipe }, strength, chance) => ({
    data: warped(data, rowsOf(data, "test", "check"), { rotation: Number(strength), zoom: 0.2 }, chance),
    recipe,
  }),
};
