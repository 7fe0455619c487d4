import {
  argmax,
  countsByClass,
  errorsOf,
  ofMasks,
  type Predictions,
  rowWidth,
  type TrainingTrace,
  type View,
} from "../causes/view.ts";
import { groupFolds } from "../dataset/splits.ts";
import { deriveSeed } from "../random.ts";
import { meanMaskRow } from "../stats/mask-row.ts";
import type { Effort } from "./effort.ts";
import type { JobRequest } from "./job.ts";
import { type Arm, armJob, armSteps, exploreSeeds, type Lab, trainingRows } from "./lab.ts";

/** The dataset as ingested, before anything was trained. */
export type Ingested = Omit<
  View,
  "tested" | "testErrors" | "traces" | "outOfFold" | "foldErrors" | "inSample" | keyof Inferred
>;

/** What the infer stage saw with the baseline's first model. */
export type Inferred = Pick<View, "features" | "perturbed">;

/** The training runs that show how the subject does as it stands: baselines over seeds, then folds of a cross-validation. */
export function observationJobs(
  data: Ingested,
  arm: Arm,
  effort: Effort,
): { baselines: JobRequest[]; folds: JobRequest[] } {
  const baselines = exploreSeeds(data.seed, effort.baselineSeeds).map((each) => armJob(data, arm, each));
  const { rows, labels } = trainingRows(data, { ...arm, move: new Int32Array(0) }, data.seed);
  const groups = Array.from(rows, (row) => data.samples.groups[row]);
  const { seed } = data;
  const folds = Array.from({ length: effort.repeats }, (_, repeat) => {
    const fold = groupFolds(labels, groups, effort.folds, deriveSeed(seed, "folds", repeat));
    return Array.from({ length: effort.folds }, (_, k): JobRequest => {
      const inside = rows.filter((_, i) => fold[i] !== k);
      const outside = rows.filter((_, i) => fold[i] === k);
      return {
        name: arm.name === "baseline" ? "cross-validation" : `${arm.name}: cross-validation`,
        recipe: arm.recipe,
        classes: data.classes.length,
        train: { rows: inside, labels: inside.map((row) => data.samples.labels[row]) },
        seed: deriveSeed(seed, "fold", repeat, k),
        // As many as the baseline: trained for less, a fold's model is worse for that alone.
        steps: armSteps(data.train.length, arm.recipe),
        // The test images as well: these models have seen as little as those that judge what was held out.
        predict: Int32Array.from([...outside, ...askedBeside(data)]),
        watch: { rows: new Int32Array(0), labels: new Int32Array(0) },
        keepModel: false,
        ...(ofMasks(data) ? { task: data.task } : {}),
      };
    });
  }).flat();
  return { baselines, folds };
}

/** Trains the observation's jobs and gathers what they show. */
export function observe(data: Ingested, arm: Arm, effort: Effort, lab: Lab, inferred: Inferred = {}): View {
  const { baselines, folds } = observationJobs(data, arm, effort);
  const results = lab.results([...baselines, ...folds]);
  const width = rowWidth(data);
  const tested: Predictions[] = [];
  const traces: TrainingTrace[] = [];
  let inSample: Predictions | undefined;
  baselines.forEach((job, k) => {
    const result = results[k];
    if (!result) return;
    tested.push({ rows: data.test, values: result.probabilities.slice(0, data.test.length * width) });
    traces.push({ seed: job.seed, curve: result.curve, diverged: result.diverged });
    if (k === 0) inSample = { rows: data.train, values: result.probabilities.slice(data.test.length * width) };
  });
  const held = folds.flatMap((job, k): HeldOut[] => {
    const result = results[baselines.length + k];
    return result ? [heldOut({ rows: job.predict, values: result.probabilities }, data)] : [];
  });
  const judges = ofMasks(data) ? held : alive(held, data);
  const judged = judges.map(({ training }) => training);
  const outOfFold = ofMasks(data) ? meanByRow(judged, width) : averageByRow(judged, width);
  return {
    ...data,
    recipe: arm.recipe,
    tested,
    testErrors: errorRates(tested, data),
    traces,
    outOfFold,
    ...(ofMasks(data) || judges.length === 0
      ? {}
      : {
          foldErrors: errorRates(
            judges.map(({ test }) => test),
            data,
          ),
        }),
    inSample,
    ...inferred,
  };
}

/** What the model of one fold says of the training images that it never saw, and of the test images. */
interface HeldOut {
  training: Predictions;
  test: Predictions;
}

/** Test images that the folds' models are asked about: of masks none, which nothing compares. */
const askedBeside = (data: Ingested): Int32Array => (ofMasks(data) ? new Int32Array(0) : data.test);

function heldOut({ rows, values }: Predictions, data: Ingested): HeldOut {
  const test = askedBeside(data);
  const images = rows.length - test.length;
  const end = images * rowWidth(data);
  return {
    training: { rows: rows.subarray(0, images), values: values.subarray(0, end) },
    test: { rows: test, values: values.subarray(end) },
  };
}

/** Part of the answers that are one class from which on a model gives the same answer to everything, and how far above that class's own share. */
const SAME = { answers: 0.95, beyond: 0.15 };

/**
 * Folds whose model tells images apart, or all where none does: one that died says nothing of them. By its answers alone: of two classes
 * with many wrong labels a sound model agrees with hardly more than half.
 */
function alive(held: HeldOut[], { samples, classes }: Ingested): HeldOut[] {
  const apart = held.filter(({ training: { rows, values } }) => {
    const answers = new Int32Array(classes.length);
    for (const i of rows.keys()) answers[Math.max(0, argmax(values, i, classes.length))]++;
    const k = answers.indexOf(Math.max(...answers));
    const there = countsByClass(rows, samples.labels, classes.length)[k] / rows.length;
    const said = answers[k] / rows.length;
    return said < SAME.answers || said < there + SAME.beyond;
  });
  return apart.length > 0 ? apart : held;
}

/** Mean of all predictions made of a row, rows in ascending order. */
export function averageByRow(predictions: Predictions[], classes: number): Predictions | undefined {
  const sums = new Map<number, { total: Float64Array; count: number }>();
  for (const { rows, values } of predictions)
    rows.forEach((row, i) => {
      const sum = sums.get(row) ?? { total: new Float64Array(classes), count: 0 };
      for (let k = 0; k < classes; k++) sum.total[k] += values[i * classes + k];
      sum.count++;
      sums.set(row, sum);
    });
  if (sums.size === 0) return undefined;
  const rows = Int32Array.from(sums.keys()).sort();
  const values = new Float32Array(rows.length * classes);
  rows.forEach((row, i) => {
    const { total, count } = sums.get(row)!;
    for (let k = 0; k < classes; k++) values[i * classes + k] = total[k] / count;
  });
  return { rows, values };
}

/** The same of masks: what is kept of an image is more than figures that have a mean. */
function meanByRow(predictions: Predictions[], width: number): Predictions | undefined {
  const kept = new Map<number, Float32Array[]>();
  for (const { rows, values } of predictions)
    rows.forEach((row, i) => {
      kept.set(row, [...(kept.get(row) ?? []), values.subarray(i * width, (i + 1) * width)]);
    });
  if (kept.size === 0) return undefined;
  const rows = Int32Array.from(kept.keys()).sort();
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, i) => void values.set(meanMaskRow(kept.get(row)!), i * width));
  return { rows, values };
}

function errorRates(tested: Predictions[], data: Ingested): Float32Array {
  const rates = new Float32Array(data.test.length);
  for (const predictions of tested)
    errorsOf(predictions, data).forEach((error, i) => void (rates[i] += error / tested.length));
  return rates;
}
