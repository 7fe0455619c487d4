import { learningRateTimes } from "../alter.ts";
import type { Fault } from "../types.ts";

/** DeepCrime's changed learning rate, downwards. */
export const learningRateLow: Fault = {
  id: "learning-rate-low",
  cause: "learning-rate",
  accepted: ["training-length"],
  family: "optimisation",
  says: "small steps go as far where there are more of them",
  strengths: { tune: [1 / 40, 1 / 25], final: [1 / 50, 1 / 30] },
  plant: (setting, strength) => learningRateTimes(setting, Number(strength)),
};
