import { withFit } from "../alter.ts";
import type { Fault } from "../types.ts";

/** DeepCrime's changed batch size, upwards: few steps an epoch. */
export const batchLarge: Fault = {
  id: "batch-large",
  cause: "batch-size",
  accepted: ["training-length", "learning-rate"],
  family: "optimisation",
  says: "with large batches the same epochs are few steps: smaller batches, more epochs or larger steps all mend it",
  strengths: { tune: [700, 450], final: [800, 512] },
  plant: (setting, strength) => withFit(setting, { batchSize: Number(strength) }),
};
