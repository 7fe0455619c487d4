/** The block of report.json that only audits of masks have. */
import { z } from "zod";
import { MASK_ERRORS } from "../stats/mask-errors.ts";
import { interval } from "./schema-interval.ts";

/** Class 0 is the background; null where the class is in no test image and in no prediction. */
const maskedClass = z.object({
  class: z.string(),
  iou: interval.nullable(),
  dice: interval.nullable(),
  boundaryF: interval.nullable(),
});

export const maskFigures = z.object({
  /** Means over the classes that occur; of the foreground's only. */
  meanIou: interval,
  foregroundIou: interval,
  meanDice: interval,
  /** Mean over images and classes in them. */
  boundaryF: interval,
  perClass: z.array(maskedClass),
});

const extent = z.object({ images: z.number().int(), pixels: z.number().int() });

/** A test image by what a seed's model gets wrong of its mask, means over seeds. */
const maskedImage = z.object({
  file: z.string(),
  /** Mean over the foreground classes in truth or prediction, 0..1. */
  iou: z.number(),
  /** Mean over the classes in the image, 0..1. */
  boundaryF: z.number(),
  /** Wrong pixels of each kind, in the order of `MASK_ERRORS`. */
  errors: z.array(z.number()).length(MASK_ERRORS.length),
});

/** How well masks are predicted, at the model's size. */
export const segmentation = z.object({
  /** By which outlines may differ and still match, pixels. */
  tolerance: z.number(),
  ...maskFigures.shape,
  /** Right pixels over all pixels: high wherever most is background. */
  pixelAccuracy: interval,
  perClass: z.array(maskedClass.extend({ train: extent, test: extent })),
  /** In the order of `MASK_ERRORS`: wrong pixels of the test images (a seed's mean), and their share of all wrong pixels. */
  errors: z.array(z.object({ kind: z.enum(MASK_ERRORS), pixels: z.number(), share: z.number() })),
  /** Objects of the test images, a seed's mean. */
  objects: z.object({ true: z.number(), missed: z.number(), wrongClass: z.number(), false: z.number() }),
  /** Worst first, at most 24. */
  worst: z.array(maskedImage).max(24),
  /** All confirmed fixes together, on the test images and with the seeds that nothing was chosen on; `before`: the subject on the same. */
  after: z
    .object({
      says: z.string(),
      images: z.number().int(),
      seeds: z.number().int(),
      before: maskFigures,
      ...maskFigures.shape,
    })
    .optional(),
});
