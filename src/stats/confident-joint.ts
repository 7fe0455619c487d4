/** Slack of comparisons with a class threshold, as published implementations use it: equal up to rounding counts as above. */
const SLACK = 1e-6;

/**
 * Sums of probabilities are kept in whole units of 2^-30, which a double adds without rounding up to eight million images a
 * class: shards can be added in any order, cut anywhere, and give the same bits.
 */
export const UNIT = 2 ** 30;

/** Sums and counts per given label, for class thresholds: shards of one dataset add up. */
export interface ThresholdSketch {
  /** Sum of p(k) over images with given label k, in units of 2^-30, `[classes]`. */
  sums: Float64Array;
  /** Images with given label k, `[classes]`. */
  counts: Float64Array;
}

export const emptyThresholds = (classes: number): ThresholdSketch => ({
  sums: new Float64Array(classes),
  counts: new Float64Array(classes),
});

/** First pass: adds a block of images. `probabilities` is `[images, classes]`, `labels` `[images]`. */
export function addToThresholds(
  sketch: ThresholdSketch,
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): void {
  const classes = sketch.counts.length;
  for (let i = 0; i < labels.length; i++) {
    const given = labels[i];
    sketch.sums[given] += Math.round(probabilities[i * classes + given] * UNIT);
    sketch.counts[given]++;
  }
}

const added = (a: Float64Array, b: Float64Array) => a.map((value, i) => value + b[i]);

export const mergeThresholds = (a: ThresholdSketch, b: ThresholdSketch): ThresholdSketch => ({
  sums: added(a.sums, b.sums),
  counts: added(a.counts, b.counts),
});

/**
 * Mean self-confidence of each class over the images that carry its label (Northcutt, Jiang and Chuang, 2021, equation 2).
 * A class without images has a threshold that nothing reaches.
 */
export const classThresholds = ({ sums, counts }: ThresholdSketch): Float64Array =>
  sums.map((sum, k) => (counts[k] === 0 ? 2 : Math.max(2 * SLACK, sum / UNIT / counts[k])));

/**
 * The class that an image confidently is: the one whose threshold its probability reaches, of several the most probable
 * (Northcutt et al., 2021, equation 1). -1 where there is none.
 */
export function confidentClass(probabilities: ArrayLike<number>, start: number, thresholds: Float64Array): number {
  const classes = thresholds.length;
  let reached = 0;
  let only = -1;
  let best = 0;
  for (let k = 0; k < classes; k++) {
    const p = probabilities[start + k];
    if (p > probabilities[start + best]) best = k;
    if (p < thresholds[k] - SLACK) continue;
    reached++;
    if (only < 0) only = k;
  }
  return reached > 1 ? best : only;
}

/** Second pass: counts a block of images into `joint`, `[given, confident]`. Blocks and shards add up. */
export function addToJoint(
  joint: Float64Array,
  thresholds: Float64Array,
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): void {
  const classes = thresholds.length;
  for (let i = 0; i < labels.length; i++) {
    const confident = confidentClass(probabilities, i * classes, thresholds);
    if (confident >= 0) joint[labels[i] * classes + confident]++;
  }
}

export const mergeJoints = added;

/** The confident joint of images in memory, `[given, confident]`. */
export function confidentJoint(labels: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number) {
  const sketch = emptyThresholds(classes);
  addToThresholds(sketch, labels, probabilities);
  const thresholds = classThresholds(sketch);
  const joint = new Float64Array(classes * classes);
  addToJoint(joint, thresholds, labels, probabilities);
  return { thresholds, joint, counts: sketch.counts };
}

/**
 * The joint distribution of given and true labels in images: each row scaled to the images that carry its label, all to
 * their number (Northcutt et al., 2021, equation 3). A class counts at least one image as right.
 *
 * @param joint confident joint, `[given, true]`
 * @param counts images with each given label, `[classes]`
 */
export function calibratedJoint(joint: Float64Array, counts: Float64Array): Float64Array {
  const classes = counts.length;
  const calibrated = Float64Array.from(joint);
  for (let given = 0; given < classes; given++) {
    const row = calibrated.subarray(given * classes, (given + 1) * classes);
    row[given] = Math.max(1, row[given]);
    const sum = row.reduce((total, value) => total + value, 0);
    for (let k = 0; k < classes; k++) row[k] *= counts[given] / sum;
  }
  return calibrated;
}

/** Share of labels that are wrong according to a calibrated joint. */
export function noiseRate(calibrated: Float64Array, classes: number): number {
  let right = 0;
  let all = 0;
  calibrated.forEach((value, cell) => {
    all += value;
    if (cell % (classes + 1) === 0) right += value;
  });
  return all > 0 ? 1 - right / all : 0;
}

/**
 * Confident learning's own mask, `[images]`: 1 where an image is confidently of another class than its label and its label
 * is not the most probable class.
 */
export function offDiagonal(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  thresholds: Float64Array,
): Uint8Array {
  const classes = thresholds.length;
  const mask = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const start = i * classes;
    const confident = confidentClass(probabilities, start, thresholds);
    if (confident < 0 || confident === labels[i]) continue;
    const own = probabilities[start + labels[i]] + SLACK;
    for (let k = 0; k < classes && mask[i] === 0; k++) if (probabilities[start + k] > own) mask[i] = 1;
  }
  return mask;
}
