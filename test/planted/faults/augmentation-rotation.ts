import { withFit } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Training images turned any way round or mirrored: digits that become others, scenes upside down. */
export const augmentationRotation: Fault = {
  id: "augmentation-rotation",
  cause: "destructive-augmentation",
  accepted: [],
  family: "data-quality",
  says: "turns that leave the class's region",
  strengths: { tune: [180, 120], final: [150, 170] },
  plant: (setting, strength) =>
    withFit(setting, { augmentation: { rotation: Number(strength), verticalFlip: true, horizontalFlip: true } }),
};
