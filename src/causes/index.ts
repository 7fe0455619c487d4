import { ambiguity } from "./ambiguity.ts";
import { architectureChoice } from "./architecture-choice.ts";
import { batchSize } from "./batch-size.ts";
import { classImbalance } from "./class-imbalance.ts";
import { coverageGap } from "./coverage-gap.ts";
import { destructiveAugmentation } from "./destructive-augmentation.ts";
import { imageQuality } from "./image-quality.ts";
import { insufficientData } from "./insufficient-data.ts";
import { labelNoise } from "./label-noise.ts";
import { leakage } from "./leakage.ts";
import { learningRate } from "./learning-rate.ts";
import { lossMismatch } from "./loss-mismatch.ts";
import { overfit } from "./overfit.ts";
import { positionSensitivity } from "./position-sensitivity.ts";
import { preprocessingMismatch } from "./preprocessing-mismatch.ts";
import { regularization } from "./regularization.ts";
import { spuriousCorrelation } from "./spurious-correlation.ts";
import { taskMismatch } from "./task-mismatch.ts";
import { trainingLength } from "./training-length.ts";
import type { Cause } from "./types.ts";
import { underfit } from "./underfit.ts";
import { viewpointOcclusion } from "./viewpoint-occlusion.ts";

/** Every cause that Errata looks for. To add one, copy the shortest file beside this one and name it here. */
export const ALL_CAUSES: Cause[] = [
  preprocessingMismatch,
  taskMismatch,
  lossMismatch,
  batchSize,
  learningRate,
  trainingLength,
  leakage,
  labelNoise,
  coverageGap,
  classImbalance,
  destructiveAugmentation,
  spuriousCorrelation,
  imageQuality,
  positionSensitivity,
  viewpointOcclusion,
  regularization,
  overfit,
  insufficientData,
  underfit,
  architectureChoice,
  ambiguity,
];
