import { learningRateTimes } from "../alter.ts";
import type { Fault } from "../types.ts";

/** DeepCrime's changed learning rate, upwards. */
export const learningRateHigh: Fault = {
  id: "learning-rate-high",
  cause: "learning-rate",
  accepted: [],
  family: "optimisation",
  says: "steps too large to converge",
  strengths: { tune: [20, 10], final: [25, 12] },
  plant: (setting, strength) => learningRateTimes(setting, Number(strength)),
};
