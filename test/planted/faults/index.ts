import type { Fault } from "../types.ts";
import { activationLinear } from "./activation-linear.ts";
import { activationSigmoid } from "./activation-sigmoid.ts";
import { ambiguityBlend } from "./ambiguity-blend.ts";
import { ambiguitySplit } from "./ambiguity-split.ts";
import { architectureKernel } from "./architecture-kernel.ts";
import { architecturePooling } from "./architecture-pooling.ts";
import { augmentationColour } from "./augmentation-colour.ts";
import { augmentationRotation } from "./augmentation-rotation.ts";
import { augmentationShear } from "./augmentation-shear.ts";
import { batchLarge } from "./batch-large.ts";
import { batchTiny } from "./batch-tiny.ts";
import { classImbalance } from "./class-imbalance.ts";
import { coverageHidden } from "./coverage-hidden.ts";
import { coverageMetadata } from "./coverage-metadata.ts";
import { coverageViewpoints } from "./coverage-viewpoints.ts";
import { deletedClass } from "./deleted-class.ts";
import { imageQualityBlank } from "./image-quality-blank.ts";
import { imageQualityNoise } from "./image-quality-noise.ts";
import { initialisation } from "./initialisation.ts";
import { insufficientData } from "./insufficient-data.ts";
import { labelNoiseNext } from "./label-noise-next.ts";
import { labelNoiseRandom } from "./label-noise-random.ts";
import { leakage } from "./leakage.ts";
import { learningRateHigh } from "./learning-rate-high.ts";
import { learningRateLow } from "./learning-rate-low.ts";
import { lossMismatch } from "./loss-mismatch.ts";
import { masksDenseHead } from "./masks-dense-head.ts";
import { masksEroded } from "./masks-eroded.ts";
import { masksFlipped } from "./masks-flipped.ts";
import { masksMissing } from "./masks-missing.ts";
import { masksRareClass } from "./masks-rare-class.ts";
import { masksShifted } from "./masks-shifted.ts";
import { occlusion } from "./occlusion.ts";
import { optimizerPlain } from "./optimizer-plain.ts";
import { overfitWide } from "./overfit-wide.ts";
import { overlappingClasses } from "./overlapping-classes.ts";
import { positionSensitivity } from "./position-sensitivity.ts";
import { preprocessingChannels } from "./preprocessing-channels.ts";
import { preprocessingInverted } from "./preprocessing-inverted.ts";
import { preprocessingScale } from "./preprocessing-scale.ts";
import { regularizationHeavy } from "./regularization-heavy.ts";
import { regularizationNone } from "./regularization-none.ts";
import { spuriousBrightness } from "./spurious-brightness.ts";
import { spuriousPatch } from "./spurious-patch.ts";
import { tooFewEpochs } from "./too-few-epochs.ts";
import { underfitNarrow } from "./underfit-narrow.ts";
import { viewpointRotation } from "./viewpoint-rotation.ts";

/** Every fault that is planted. To add one, copy the shortest file beside this one and name it here. */
export const ALL_FAULTS: Fault[] = [
  activationLinear,
  activationSigmoid,
  ambiguityBlend,
  ambiguitySplit,
  architectureKernel,
  architecturePooling,
  augmentationColour,
  augmentationRotation,
  augmentationShear,
  batchLarge,
  batchTiny,
  classImbalance,
  coverageHidden,
  coverageMetadata,
  coverageViewpoints,
  deletedClass,
  imageQualityBlank,
  imageQualityNoise,
  initialisation,
  insufficientData,
  labelNoiseNext,
  labelNoiseRandom,
  leakage,
  learningRateHigh,
  learningRateLow,
  lossMismatch,
  masksDenseHead,
  masksEroded,
  masksFlipped,
  masksMissing,
  masksRareClass,
  masksShifted,
  occlusion,
  optimizerPlain,
  overfitWide,
  overlappingClasses,
  positionSensitivity,
  preprocessingChannels,
  preprocessingInverted,
  preprocessingScale,
  regularizationHeavy,
  regularizationNone,
  spuriousBrightness,
  spuriousPatch,
  tooFewEpochs,
  underfitNarrow,
  viewpointRotation,
];
