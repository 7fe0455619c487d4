import { withFit } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Brightness, contrast and hue changed until colours say nothing. */
export const augmentationColour: Fault = {
  id: "augmentation-colour",
  cause: "destructive-augmentation",
  accepted: [],
  family: "data-quality",
  says: "overzealous colour shifts",
  strengths: { tune: [1, 0.9], final: [0.95, 0.85] },
  bases: ["cifar10", "eth80"],
  plant: (setting, strength) =>
    withFit(setting, { augmentation: { brightness: Number(strength), contrast: Number(strength), hue: 0.5 } }),
};
