/** Findings of every verdict, with their experiments. For tests only. */
import { CAUSES, type CauseId, type Interval, type Verdict } from "../../src/causes/types.ts";
import type { Finding } from "../../src/report/schema.ts";

export const around = (value: number, half = 0.02): Interval => ({ value, low: value - half, high: value + half });

export function findingOf(cause: CauseId, verdict: Verdict, more: Partial<Finding> = {}): Finding {
  return {
    cause,
    family: "data-quality",
    verdict,
    share: null,
    says: `What was seen of ${cause}.`,
    evidence: [],
    remedy: { says: "Nothing to do." },
    images: 0,
    examples: [],
    ...more,
  };
}

export function experimentOf(
  baseline: number,
  changed: number,
  controlled: number | null,
): NonNullable<Finding["experiment"]> {
  return {
    intervention: "training with half of the slice's held-out images",
    control: "training with as many held-out images drawn at random",
    seeds: 3,
    baseline: around(baseline, 0.014),
    changed: around(changed, 0.012),
    controlled: controlled === null ? null : around(controlled, 0.015),
    gain: around(baseline - changed, 0.016),
    gainOverControl: controlled === null ? null : around(controlled - changed, 0.018),
    pValue: 0.0004,
    adjustedPValue: 0.0028,
    arms: [
      {
        intervention: "half of the slice",
        phase: "explore",
        seeds: 2,
        errorRate: changed + 0.004,
        gain: baseline - changed - 0.004,
      },
      { intervention: "a quarter of the slice", phase: "explore", seeds: 2, errorRate: baseline - 0.02, gain: 0.02 },
      { intervention: "half of the slice", phase: "confirm", seeds: 3, errorRate: changed, gain: baseline - changed },
    ],
  };
}

export const RECIPE = {
  architecture: [
    { conv2d: { filters: 32, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { flatten: {} },
    { dense: { units: 128, activation: "relu" } },
    { dense: { units: "classes", activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate: 0.001 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 10, batchSize: 32 },
};

export function provedCauses(files: string[]): Finding[] {
  const known: Finding[] = [
    findingOf("coverage-gap", "confirmed", {
      family: "data-quantity",
      share: around(0.52, 0.08),
      says: "Test images in azimuth 90 to 180 are wrong 4.7 times as often as the rest, and training has 3 of them. With half of the slice's images in training, the error rate falls by 10.1 points, 9.4 points beyond its control.",
      evidence: [
        {
          measure: "error rate in the slice",
          value: 0.52,
          reference: 0.11,
          says: "In azimuth 90 to 180, 52.0 % of the test images are wrong; elsewhere 11.0 %.",
        },
        {
          measure: "training images in the slice",
          value: 3,
          reference: 544,
          says: "Training has 3 such images; its share of the test set would be 544.",
        },
      ],
      experiment: experimentOf(0.183, 0.082, 0.176),
      remedy: {
        says: "Collect training images in azimuth 90 to 180: with 105 such images the test error went from 18.3 % to 8.2 %. About 540 would give the range its share.",
        files: files.slice(0, 12),
      },
      indistinguishable: { from: ["class-imbalance"], separatedBy: "balanced sampling on all viewpoints" },
      images: 211,
      examples: files.slice(0, 24),
      table: "slices",
    }),
    findingOf("label-noise", "confirmed", {
      share: around(0.12, 0.04),
      says: "312 training labels (9.8 %) are contradicted by models that never saw the image. With training without the 312 suspects, the error rate falls by 2.9 points, 3.1 points beyond its control.",
      evidence: [
        {
          measure: "share of training labels in doubt",
          value: 0.098,
          reference: 0.02,
          says: "Models that never saw them contradict the labels of 312 training images (9.8 %).",
        },
      ],
      experiment: {
        ...experimentOf(0.183, 0.154, 0.185),
        intervention: "training without the 312 suspects",
        control: "training without 312 images of the same labels drawn at random",
      },
      remedy: { says: "Look at the 312 suspects, worst first, and relabel them.", files: files.slice(0, 30) },
      images: 312,
      examples: files.slice(20, 44),
      table: "label_issues",
    }),
    findingOf("insufficient-data", "confirmed", {
      family: "data-quantity",
      share: around(0.08, 0.03),
      experiment: {
        ...experimentOf(0.21, 0.183, null),
        takesAway: true,
        intervention: "half of the training images",
        control: "the same recipe and data with other seeds",
      },
      remedy: {
        says: "Collect more images of the same kind: going from half of them to all lowered the test error from 21.0 % to 18.3 %.",
      },
    }),
    findingOf("regularization", "confirmed", {
      family: "capacity",
      share: null,
      experiment: {
        ...experimentOf(0.183, 0.17, null),
        intervention: "dropout 0.5 before each dense layer",
        control: "the same recipe and data with other seeds",
      },
      remedy: {
        says: "Keep dropout 0.5.",
        change: {
          architecture: [
            ...RECIPE.architecture.slice(0, 3),
            { dropout: { rate: 0.5 } },
            ...RECIPE.architecture.slice(3),
          ],
        },
      },
    }),
    findingOf("leakage", "present", {
      says: "2 test images are copies of training images. So few that the accuracy does not move.",
      images: 2,
      examples: files.slice(50, 52),
      table: "duplicates",
      remedy: { says: "Remove these files from training.", files: files.slice(50, 52) },
    }),
    findingOf("training-length", "suspected", {
      family: "optimisation",
      says: "The loss still falls at the end. There was no budget left to test it.",
      remedy: { says: "Train for 20 epochs.", change: { fit: { epochs: 20 } } },
    }),
    findingOf("learning-rate", "refuted", {
      family: "optimisation",
      says: "The loss is noisy at the end. Put to the test, a learning rate of 0.0001 changed the error rate by 0.4 points.",
      experiment: {
        ...experimentOf(0.183, 0.187, null),
        intervention: "a learning rate of 0.0001",
        control: "the same recipe and data with other seeds",
      },
    }),
    findingOf("class-imbalance", "cleared", { says: "The largest class has 1.1 times the images of the smallest." }),
    findingOf("overfit", "cleared", { family: "capacity" }),
    findingOf("task-mismatch", "not-applicable", { family: "task", says: "The task is classification." }),
  ];
  return [
    ...known,
    ...CAUSES.filter((id) => !known.some(({ cause }) => cause === id)).map((id) =>
      findingOf(id, "not-tested", { says: "There was no budget left to test it." }),
    ),
  ];
}

export function unprovedCauses(files: string[]): Finding[] {
  const suspicion = findingOf("label-noise", "suspected", {
    says: "31 labels are contradicted. It was not tested: nothing can be retrained.",
    images: 31,
    examples: files.slice(0, 6),
  });
  return [
    suspicion,
    ...CAUSES.filter((id) => id !== "label-noise").map((id) =>
      findingOf(id, "not-applicable", { says: "It needs training." }),
    ),
  ];
}
