import { withFit } from "../alter.ts";
import type { Fault } from "../types.ts";

/** DeepCrime's changed number of epochs. */
export const tooFewEpochs: Fault = {
  id: "too-few-epochs",
  cause: "training-length",
  accepted: ["learning-rate"],
  family: "optimisation",
  says: "a higher rate goes as far in fewer steps",
  strengths: { tune: [1, 2], final: [2, 1] },
  plant: (setting, strength) => withFit(setting, { epochs: Number(strength) }),
};
