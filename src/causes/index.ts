import { classImbalance } from "./class-imbalance.ts";
import { coverageGap } from "./coverage-gap.ts";
import { insufficientData } from "./insufficient-data.ts";
import { labelNoise } from "./label-noise.ts";
import { leakage } from "./leakage.ts";
import { learningRate } from "./learning-rate.ts";
import { overfit } from "./overfit.ts";
import { regularization } from "./regularization.ts";
import { trainingLength } from "./training-length.ts";
import type { Cause } from "./types.ts";

/** Every cause that Errata looks for. To add one, copy the shortest file beside this one and name it here. */
export const ALL_CAUSES: Cause[] = [
  learningRate,
  trainingLength,
  leakage,
  labelNoise,
  coverageGap,
  classImbalance,
  regularization,
  overfit,
  insufficientData,
];
