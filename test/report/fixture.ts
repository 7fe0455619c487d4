import { CAUSES, type CauseId, type Interval, type Verdict } from "../../src/causes/types.ts";
import { thumbnail } from "../../src/image/thumbnail.ts";
import { random } from "../../src/random.ts";
import type { Finding, Report, ReportBundle } from "../../src/report/schema.ts";

/** A bundle as an audit makes it, with every verdict and with names that try to break out. For tests only. */
export interface FixtureOptions {
  classes?: number;
  thumbnails?: boolean;
  /** Nothing confirmed, no experiments, no recipe. */
  predictionsOnly?: boolean;
}

export const HOSTILE = {
  script: `<script>alert("owned")</script>`,
  attribute: `" onmouseover="alert(1)`,
  formula: `=HYPERLINK("x")`,
  unicode: "mugs é 杯子 ‮gnp.exe",
  long: `a-very-long-folder-name/${"without-any-break".repeat(12)}.png`,
};

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

const RECIPE = {
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

export async function bundleFixture({
  classes = 2,
  thumbnails = true,
  predictionsOnly = false,
}: FixtureOptions = {}): Promise<ReportBundle> {
  const chance = random(11);
  const names = classNames(classes);
  const files = Array.from(
    { length: 60 },
    (_, i) => `test/${names[i % classes]}/image ${String(i).padStart(4, "0")}.png`,
  );
  files[0] = `test/${HOSTILE.script}.png`;
  files[1] = HOSTILE.long;
  files[2] = `${HOSTILE.attribute}.jpg`;
  const causes = predictionsOnly ? unprovedCauses(files) : provedCauses(files);
  const perClass = names.map((name, k) => {
    const recall = Math.max(0.02, 0.95 - 0.4 * (k / classes) - 0.1 * chance.float());
    const train = Math.round(800 / (1 + k));
    const interval = { value: recall, low: Math.max(0, recall - 0.05), high: Math.min(1, recall + 0.04) };
    return { class: name, recall: interval, precision: interval, train: Math.max(4, train), test: 40 };
  });
  const report: Report = {
    schema: "errata/report@1",
    says: predictionsOnly
      ? "The model is wrong on 18.3 % of the 1,240 test images; label-noise is suspected, and nothing could be retrained to prove it."
      : "The model is wrong on 18.3 % of the 1,240 test images, first of all because of coverage-gap, which explains 52 % of the errors; also label-noise. Put right together, errors fall to 6.6 %.",
    run: { id: "3f9a1c", seed: 7, engine: { name: "wasm", version: "4.22.0" }, effort: "standard", seconds: 754 },
    dataset: {
      name: "tabletop",
      digest: "9c1185a5c5e9fc54612808977ee8f548",
      task: "classification",
      classes: names,
      images: 5240,
      splits: { train: 3200, validation: 800, test: 1240 },
      splitsAre: "given",
      shape: { height: 64, width: 64, channels: 3 },
      rejected: [{ file: `train/${HOSTILE.script}.png`, problem: "It is cut short after 1,204 bytes." }],
    },
    subject: predictionsOnly
      ? { kind: "predictions", says: "Predictions from predictions.npy." }
      : { kind: "recipe", says: "The recipe in recipe.json.", parameters: 421642, recipe: RECIPE },
    baseline: {
      says: "81.7 % of the test images are recognised.",
      seeds: 5,
      accuracy: around(0.817),
      errorRate: around(0.183),
      balancedAccuracy: around(0.79),
      macroF1: around(0.801),
      ece: around(0.061, 0.01),
      perClass,
      confusion: names.map((_, k) =>
        names.map((_, j) => (k === j ? 160 : classes < 5 ? 30 : chance.int(5) === 0 ? chance.int(20) : 0)),
      ),
    },
    causes,
    together: predictionsOnly
      ? null
      : {
          says: "Putting right coverage-gap and label-noise takes the error rate from 18.3 % to 6.6 %, measured on test images and seeds that nothing was chosen on.",
          gain: around(0.117),
          share: around(0.64, 0.07),
          errorRate: around(0.066, 0.012),
        },
    unexplained: predictionsOnly ? { value: 1, low: 0, high: 1 } : around(0.28, 0.07),
    notTested: causes
      .filter(({ verdict }) => verdict === "not-tested" || verdict === "suspected")
      .map(({ cause, says }) => ({ cause, why: says })),
    missing: predictionsOnly
      ? []
      : [{ stage: "experiment", item: "narrower, seed 3", problem: "It was not finished before the deadline." }],
    cost: {
      trainingRuns: predictionsOnly ? 0 : 62,
      fromCache: predictionsOnly ? 0 : 14,
      timesOneRun: predictionsOnly ? 0 : 24.13,
    },
  };
  return {
    report,
    curves: predictionsOnly ? [] : curves(),
    learningCurve: predictionsOnly
      ? []
      : [800, 1600, 3200, 6400, 12800].map((images, i) => ({
          images,
          errorRate: around(0.31 * 0.76 ** i, 0.012 + 0.008 * Math.max(0, i - 2)),
          predicted: i > 2,
        })),
    tables: {
      errors: files.map((file, i) => ({
        file,
        split: "test",
        label: names[i % classes],
        predicted: names[(i + 1) % classes],
        probability: 0.01 + i / 200,
        errorRate: i < 20 ? 1 : 0.4,
        ambiguity: i / 40,
        causes: (predictionsOnly ? {} : { "coverage-gap": i % 2, "label-noise": i % 3 === 0 ? -0.2 : 0 }) as Record<
          string,
          number
        >,
      })),
      label_issues: files.map((file, i) => ({
        file,
        split: "train",
        is_label_issue: i < 30,
        label_score: i / files.length,
        given_label: names[i % classes],
        predicted_label: names[(i + 1) % classes],
      })),
      duplicates: files.slice(0, 5).map((file, i) => ({
        file,
        split: "test",
        label: names[0],
        duplicate_of: files[i + 10],
        duplicate_split: i % 2 ? "train" : "test",
        duplicate_label: names[i % classes],
        kind: i % 2 ? "exact" : "near",
      })),
      slices: [
        { slice: "azimuth 90 to 180", train: 3, test: 211, errorRate: 0.52, elsewhere: 0.11 },
        { slice: HOSTILE.script, train: 12, test: 40, errorRate: 0.31, elsewhere: 0.17 },
      ],
    },
    thumbnails: thumbnails ? await thumbnailsOf(files) : {},
  };
}

function classNames(classes: number): string[] {
  if (classes === 2) return ["mug", "plate"];
  return Array.from(
    { length: classes },
    (_, k) => [HOSTILE.script, HOSTILE.attribute, HOSTILE.unicode, HOSTILE.formula][k] ?? `class ${k}`,
  );
}

function provedCauses(files: string[]): Finding[] {
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
      findingOf(id, "not-tested", { says: "This version has no test for it." }),
    ),
  ];
}

function unprovedCauses(files: string[]): Finding[] {
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

function curves(): ReportBundle["curves"] {
  return [1, 2, 3, 4, 5].map((seed) => ({
    name: "baseline",
    seed,
    points: Array.from({ length: 10 }, (_, epoch) => ({
      epoch: epoch + 1,
      loss: 0.7 * 0.74 ** epoch + 0.01 * seed,
      accuracy: 1 - 0.45 * 0.72 ** epoch,
      validationLoss: 0.72 * 0.86 ** epoch + 0.012 * epoch + 0.01 * seed,
      validationAccuracy: 0.83 - 0.3 * 0.7 ** epoch - 0.004 * seed,
    })),
  }));
}

/** Small scenes, so that a page looks as it will. */
async function thumbnailsOf(files: string[]): Promise<Record<string, Uint8Array>> {
  const side = 64;
  const entries = files.map(async (file, i): Promise<[string, Uint8Array]> => {
    const pixels = new Uint8Array(side * side * 3);
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const inside = (x - 20 - (i % 24)) ** 2 + (y - 34) ** 2 < 150 + 12 * (i % 7);
        const color = inside ? [150 + 7 * (i % 13), 70 + 11 * (i % 11), 60] : [196 - y, 190 - y, 176 - (y >> 1)];
        pixels.set(color, 3 * (y * side + x));
      }
    return [
      file,
      await thumbnail({ pixels, height: side, width: side, channels: 3 } as Parameters<typeof thumbnail>[0]),
    ];
  });
  return Object.fromEntries(await Promise.all(entries));
}
