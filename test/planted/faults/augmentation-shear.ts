import { withFit } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Training images sheared, shifted and zoomed beyond what the test ever shows. */
export const augmentationShear: Fault = {
  id: "augmentation-shear",
  cause: "destructive-augmentation",
  accepted: [],
  family: "data-quality",
  says: "overzealous shear, shift and zoom",
  strengths: { tune: [0.6, 0.5], final: [0.55, 0.65] },
  plant: (setting, strength) =>
    withFit(setting, {
      augmentation: { shear: 100 * Number(strength), shift: Number(strength), zoom: Number(strength) },
    }),
};
