import { random } from "../random.ts";
import { resample } from "./arms.ts";
import { type Bounds, type Interval, satterthwaite, studentInterval } from "./intervals.ts";

/** What one confusion matrix says. Classes without images in the sample are left out of the averages. */
export interface Metrics {
  accuracy: number;
  /** Mean recall of the classes. */
  balancedAccuracy: number;
  /** Mean of the classes' F1 (harmonic mean of precision and recall; 0 for a class neither seen right nor predicted right). */
  macroF1: number;
  /** `[classes]`; not a number for a class without images. */
  recall: Float64Array;
  /** `[classes]`; not a number for a class that is never predicted. */
  precision: Float64Array;
}

/** The class of highest probability in each row of `probabilities` `[images, classes]`; the first of equals. */
export function mostProbable(probabilities: ArrayLike<number>, classes: number): Int32Array {
  const images = probabilities.length / classes;
  const predicted = new Int32Array(images);
  for (let i = 0; i < images; i++) {
    let best = 0;
    for (let k = 1; k < classes; k++) if (probabilities[i * classes + k] > probabilities[i * classes + best]) best = k;
    predicted[i] = best;
  }
  return predicted;
}

/** The two classes of highest probability in a row of [rows, classes]. */
export function likeliest(values: Float32Array, row: number, classes: number): [first: number, second: number] {
  let first = 0;
  let second = -1;
  for (let k = 1; k < classes; k++) {
    if (values[row * classes + k] > values[row * classes + first]) {
      second = first;
      first = k;
    } else if (second < 0 || values[row * classes + k] > values[row * classes + second]) second = k;
  }
  return [first, Math.max(0, second)];
}

/** Counts, or sums of `weights`, of images by true class and predicted class: `[true, predicted]`. */
export function confusion(
  labels: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
  weights?: ArrayLike<number>,
): Float64Array {
  const matrix = new Float64Array(classes * classes);
  for (let i = 0; i < labels.length; i++) matrix[labels[i] * classes + predicted[i]] += weights ? weights[i] : 1;
  return matrix;
}

/** Metrics of a confusion matrix `[true, predicted]`. */
export function metricsOf(matrix: Float64Array, classes: number): Metrics {
  const recall = new Float64Array(classes);
  const precision = new Float64Array(classes);
  let right = 0;
  let all = 0;
  let recalls = 0;
  let classesSeen = 0;
  let f1 = 0;
  let classesScored = 0;
  for (let k = 0; k < classes; k++) {
    let truly = 0;
    let said = 0;
    for (let j = 0; j < classes; j++) {
      truly += matrix[k * classes + j];
      said += matrix[j * classes + k];
    }
    const hit = matrix[k * classes + k];
    right += hit;
    all += truly;
    recall[k] = hit / truly;
    precision[k] = hit / said;
    if (truly > 0) {
      recalls += recall[k];
      classesSeen++;
    }
    if (truly + said > 0) {
      f1 += (2 * hit) / (truly + said);
      classesScored++;
    }
  }
  return {
    accuracy: right / all,
    balancedAccuracy: recalls / classesSeen,
    macroF1: f1 / classesScored,
    recall,
    precision,
  };
}

const ECE_BINS = 15;

/** Each image's confidence and its bin, `[images]`. */
function confidences(probabilities: ArrayLike<number>, predicted: Int32Array, classes: number) {
  const confidence = new Float64Array(predicted.length);
  const bin = new Uint8Array(predicted.length);
  for (let i = 0; i < predicted.length; i++) {
    confidence[i] = probabilities[i * classes + predicted[i]];
    bin[i] = Math.min(ECE_BINS - 1, Math.max(0, Math.ceil(confidence[i] * ECE_BINS) - 1));
  }
  return { confidence, bin };
}

function gapOf(
  labels: ArrayLike<number>,
  predicted: Int32Array,
  { confidence, bin }: ReturnType<typeof confidences>,
  weights?: Float64Array,
): number {
  const gap = new Float64Array(ECE_BINS);
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const weight = weights ? weights[i] : 1;
    total += weight;
    gap[bin[i]] += weight * ((predicted[i] === labels[i] ? 1 : 0) - confidence[i]);
  }
  return gap.reduce((sum, value) => sum + Math.abs(value), 0) / total;
}

/** Expected calibration error: 15 bins of equal width, open below and closed above (Guo et al., 2017, equation 5). */
export function expectedCalibrationError(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): number {
  const predicted = mostProbable(probabilities, classes);
  return gapOf(labels, predicted, confidences(probabilities, predicted, classes));
}

export interface MeasuredMetrics {
  accuracy: Interval;
  errorRate: Interval;
  balancedAccuracy: Interval;
  macroF1: Interval;
  ece: Interval;
  perClass: { images: number; recall: Interval; precision: Interval }[];
  /** Mean over seeds, `[true, predicted]`. */
  confusion: Float64Array;
}

/** A figure of each seed on the sample, and of the mean over seeds on each draw of images. */
export function spread(bySeed: number[], draws: Float64Array, images: number, bounds: Bounds): Interval {
  const seeds = bySeed.length;
  const value = bySeed.reduce((sum, figure) => sum + figure, 0) / seeds;
  if (Number.isNaN(value)) return { value, low: bounds.lowest ?? 0, high: bounds.highest ?? 1 };
  const finite = draws.filter((draw) => !Number.isNaN(draw));
  const mean = finite.reduce((sum, draw) => sum + draw, 0) / finite.length;
  const imagePart = finite.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / Math.max(1, finite.length - 1);
  const seedPart = seeds > 1 ? bySeed.reduce((sum, figure) => sum + (figure - value) ** 2, 0) / (seeds - 1) / seeds : 0;
  const degreesOfFreedom = satterthwaite([
    { variance: imagePart, degreesOfFreedom: Math.max(1, images - 1) },
    { variance: seedPart, degreesOfFreedom: Math.max(1, seeds - 1) },
  ]);
  return studentInterval(value, Math.sqrt(imagePart + seedPart), degreesOfFreedom, bounds);
}

/**
 * Metrics of a recipe with 95 % intervals: mean over seeds; spread from the bootstrap over images (one draw for all
 * seeds) and the variance between seeds, added up. With one seed the interval speaks of that one model.
 *
 * @param predictions probabilities of each seed's model, `[seeds][images, classes]`
 * @param labels true classes, `[images]`
 */
export function measure(
  predictions: ArrayLike<number>[],
  labels: ArrayLike<number>,
  classes: number,
  { seed, draws = 1000 }: { seed: number; draws?: number },
): MeasuredMetrics {
  const images = labels.length;
  const models = predictions.map((probabilities) => {
    const predicted = mostProbable(probabilities, classes);
    return { predicted, binned: confidences(probabilities, predicted, classes) };
  });
  // Figures in one row: accuracy, balanced accuracy, macro F1, ECE, recall by class, precision by class.
  const width = 4 + 2 * classes;
  const row = (model: (typeof models)[number], weights?: Float64Array) => {
    const { accuracy, balancedAccuracy, macroF1, recall, precision } = metricsOf(
      confusion(labels, model.predicted, classes, weights),
      classes,
    );
    return [
      accuracy,
      balancedAccuracy,
      macroF1,
      gapOf(labels, model.predicted, model.binned, weights),
      ...recall,
      ...precision,
    ];
  };
  const bySeed = models.map((model) => row(model));
  const drawn = Array.from({ length: width }, () => new Float64Array(draws));
  const chance = random(seed);
  const counts = new Float64Array(images);
  for (let b = 0; b < draws; b++) {
    resample(counts, chance);
    for (const model of models)
      row(model, counts).forEach((figure, f) => {
        drawn[f][b] += figure / models.length;
      });
  }
  const figure = (f: number) =>
    spread(
      bySeed.map((figures) => figures[f]),
      drawn[f],
      images,
      { lowest: 0, highest: 1 },
    );
  const accuracy = figure(0);
  const matrix = new Float64Array(classes * classes);
  for (const { predicted } of models) {
    confusion(labels, predicted, classes).forEach((count, cell) => {
      matrix[cell] += count / models.length;
    });
  }
  const counted = new Int32Array(classes);
  for (let i = 0; i < images; i++) counted[labels[i]]++;
  return {
    accuracy,
    errorRate: { value: 1 - accuracy.value, low: 1 - accuracy.high, high: 1 - accuracy.low },
    balancedAccuracy: figure(1),
    macroF1: figure(2),
    ece: figure(3),
    perClass: Array.from({ length: classes }, (_, k) => ({
      images: counted[k],
      recall: figure(4 + k),
      precision: figure(4 + classes + k),
    })),
    confusion: matrix,
  };
}
