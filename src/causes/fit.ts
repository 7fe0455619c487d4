import { sampleStandardDeviation, sampleVariance } from "simple-statistics";
import { beyondOutlines, readMaskRow } from "../stats/mask-row.ts";
import { percent } from "./say.ts";
import { countsByClass, errorsOf, ofMasks, type Predictions, type View } from "./view.ts";

/**
 * How well the baseline fits what it was trained on, and what it loses on images that it has not seen. Of masks accuracy is the mean
 * IoU of the images.
 */
export interface Fit {
  /** Accuracy of guessing the largest class of the training set; of masks, of giving all pixels the best one class. */
  chance: number;
  /** On its own training images, without dropout or augmentation. */
  training: number;
  /** On training images that were held out by cross-validation. */
  outOfFold: number;
  test: number;
  /** Test accuracy of the one model that `training` is of. */
  testOfOne: number;
  /** Relative fall of the training loss per epoch over the last third of the epochs (at least two), averaged over seeds. */
  lossSlope: number;
  /** The same over the middle third: where the loss fell no faster then, training is far from its end. Not a number with fewer than six epochs. */
  slopeBefore: number;
  /** Training loss at the end over that of the first epoch, averaged over seeds. */
  lossLeft: number;
  /** Part of the epochs in the second half in which the training loss rose, averaged over seeds. */
  rising: number;
  diverged: number;
  /** Seeds that ended near guessing, on training images and on test images: one is enough to call the training unstable. */
  deadSeeds: number;
  /**
   * The seeds' test errors: the least and the most, and their standard deviation over their mean and over what the choice of test images
   * alone gives; these two are 0 with one seed.
   */
  spread: { least: number; most: number; relative: number; beyondSampling: number };
  /** Of masks: what is right of training and test images where outlines are forgiven (`beyondOutlines`). */
  objects?: { training: number; test: number };
}

export function fitOf(view: View): Fit {
  const guessed = guesses(view);
  const ofLosses = (of: (losses: number[]) => number) =>
    mean(view.traces.map(({ curve }) => of(curve.map(({ loss }) => loss))).filter(Number.isFinite), Number.NaN);
  const accuracy = (predictions: Predictions | undefined) =>
    predictions ? 1 - mean(errorsOf(predictions, view)) : Number.NaN;
  const ends = view.traces.map(({ curve }) => curve.at(-1)?.accuracy ?? Number.NaN);
  return {
    chance: guessed.images,
    deadSeeds: ends.filter((end, i) => !(end >= floorOf(guessed.ends)) && !learntTest(view, i, guessed.images)).length,
    training: accuracy(view.inSample),
    outOfFold: accuracy(view.outOfFold),
    test: 1 - mean(view.testErrors),
    testOfOne: accuracy(view.tested[0]),
    lossSlope: ofLosses((losses) => lossSlope(lastThird(losses))),
    lossLeft: ofLosses((losses) => (losses.length < 6 ? Number.NaN : losses[losses.length - 1] / losses[0])),
    slopeBefore: ofLosses((losses) => (losses.length < 6 ? Number.NaN : lossSlope(middleThird(losses)))),
    rising: mean(view.traces.map(({ curve }) => risingPart(curve.map(({ loss }) => loss)))),
    diverged: view.traces.filter(({ diverged }) => diverged).length,
    spread: spreadOf(view.tested.map((each) => errorsOf(each, view))),
    ...(ofMasks(view)
      ? { objects: { training: objects(view, view.inSample), test: objects(view, view.tested[0]) } }
      : {}),
  };
}

/** Errors of each seed on the same images. */
function spreadOf(errors: Float32Array[]): Fit["spread"] {
  const means = errors.map((each) => mean(each));
  const [least, most] = [Math.min(...means), Math.max(...means)];
  if (errors.length < 2 || errors[0].length < 2) return { least, most, relative: 0, beyondSampling: 0 };
  const deviation = sampleStandardDeviation(means);
  const sampling = Math.sqrt(mean(errors.map((each) => sampleVariance([...each]))) / errors[0].length);
  return { least, most, relative: deviation / mean(means), beyondSampling: deviation / sampling };
}

/** Whether a seed's model does better on test images than guessing: many wrong labels keep the training accuracy down, not this. */
function learntTest(view: View, seed: number, chance: number): boolean {
  const tested = view.tested[seed];
  if (!tested || ofMasks(view)) return false;
  const counts = countsByClass(tested.rows, view.samples.labels, view.classes.length);
  const largest = Math.max(...counts) / Math.max(1, tested.rows.length);
  return 1 - mean(errorsOf(tested, view)) >= floorOf(Math.max(chance, largest));
}

/** What guessing gets: of images, and of what the curves count (of masks: pixels). */
function guesses(view: View): { images: number; ends: number } {
  const classes = view.classes.length;
  const counts = new Float64Array(classes);
  if (!view.masks) {
    for (const row of view.train) counts[view.samples.labels[row]]++;
    const chance = Math.max(...counts) / Math.max(1, view.train.length);
    return { images: chance, ends: chance };
  }
  // One class everywhere: its IoU is its share of the image, that of every other class in the image 0.
  const ious = new Float64Array(classes);
  for (const row of view.train) {
    const own = view.masks.pixels.subarray(row * classes, (row + 1) * classes);
    const all = own.reduce((sum, pixels) => sum + pixels, 0);
    const foreground = own.subarray(1).filter((pixels) => pixels > 0).length;
    own.forEach((pixels, k) => {
      counts[k] += pixels;
      if (k > 0) ious[k] += pixels > 0 ? pixels / Math.max(1, all) / foreground : 0;
      else if (foreground === 0) ious[0]++;
    });
  }
  const all = counts.reduce((sum, pixels) => sum + pixels, 0);
  return { images: Math.max(...ious) / Math.max(1, view.train.length), ends: Math.max(...counts) / Math.max(1, all) };
}

function objects({ classes }: View, predictions: Predictions | undefined): number {
  if (!predictions) return Number.NaN;
  return mean(
    Array.from(predictions.rows, (_, i) => beyondOutlines(readMaskRow(predictions.values, i, classes.length))),
  );
}

/** An accuracy in words: of masks it is an IoU. `images` is a noun phrase: "its own training images". */
export const right = (view: View, accuracy: number, images: string): string =>
  ofMasks(view) ? `a mean IoU of ${accuracy.toFixed(2)} on ${images}` : `${percent(accuracy)} of ${images} right`;

/** The same as what is wrong. */
export const wrong = (view: View, accuracy: number, images: string): string =>
  ofMasks(view)
    ? `a mean IoU of ${(1 - accuracy).toFixed(2)} is lost on ${images}`
    : `${percent(1 - accuracy)} of ${images} are wrong`;

/** Accuracy below which nothing was learnt. */
export const floorOf = (chance: number): number => chance + 0.15 * (1 - chance);

/** True where training got nowhere, on one seed at least: the loss left the finite numbers, or images are hardly better than guessed. */
export const isDead = (fit: Fit): boolean => fit.diverged > 0 || fit.deadSeeds > 0 || learnt(fit) < floorOf(fit.chance);

/**
 * How much was learnt, as far as labels show it: wrong labels in training lower the first figure, not the second. Of masks outlines
 * are forgiven.
 */
export const learnt = ({ training, test, objects }: Fit): number =>
  objects ? Math.max(objects.training, objects.test) : Math.max(training, test);

/** Part of the first epoch's loss that is left where training has hardly begun. */
const HARDLY_BEGUN = 0.8;

/**
 * Whether training is far from its end: most of the first loss is left, or it falls no slower than before, and by a quarter or more were
 * training as long again; while images of the training set are wrong about as often as those of the test (neither known by heart nor,
 * where they are wrong more often, in doubt themselves) or as those that were held out, whose labels are as much in doubt. A slow fall
 * over many epochs is no rest; one that slows down is the way there.
 */
export function isUndertrained(fit: Fit, epochs: number): boolean {
  const falls = fit.lossSlope * epochs > 0.3 && fit.lossSlope > 0.9 * fit.slopeBefore;
  const alike = isWrongAlike(fit) || areAlike(fit.training, fit.outOfFold);
  return learnt(fit) < 0.97 && alike && (falls || fit.lossLeft > HARDLY_BEGUN);
}

/** Part of the mean error from which on seeds lie far apart, and how many times as far as images drawn anew would put them. */
const FAR_APART = { relative: 0.35, beyondSampling: 4 };

/** Whether the seed decides over the errors: training ends wherever its last steps took it. */
export const isUnsteady = ({ spread: { relative, beyondSampling } }: Fit): boolean =>
  relative >= FAR_APART.relative && beyondSampling >= FAR_APART.beyondSampling;

/** Whether images of the training set are wrong about as often as those of the test. */
export const isWrongAlike = ({ training, testOfOne }: Fit): boolean => areAlike(training, testOfOne);

function areAlike(training: number, unseen: number): boolean {
  const gap = training - unseen;
  return gap > -0.03 && gap <= 0.2 * (1 - unseen);
}

/**
 * Accuracy lost from training images to unseen ones, and that loss as a part of the errors on unseen images: near 0 the
 * network errs as often on what it was trained on, near 1 it knows that by heart. Without a cross-validation: of test images alone.
 */
export function memorised(fit: Fit): { unseen: number; gap: number; part: number } {
  const unseen = Number.isFinite(fit.outOfFold) ? Math.min(fit.outOfFold, fit.test) : fit.test;
  const gap = fit.training - unseen;
  return { unseen, gap, part: gap / Math.max(1e-9, 1 - unseen) };
}

function risingPart(losses: number[]): number {
  const half = losses.slice(Math.floor(losses.length / 2));
  const rises = half.filter((loss, i) => i > 0 && loss > half[i - 1]).length;
  return half.length > 2 ? rises / (half.length - 1) : 0;
}

const third = (losses: number[]): number => Math.max(2, Math.ceil(losses.length / 3));
const lastThird = (losses: number[]): number[] => losses.slice(-third(losses));
const middleThird = (losses: number[]): number[] => losses.slice(-2 * third(losses), -third(losses));

/** Slope of log loss against epoch by least squares, sign turned: 0.1 = falls by about 10 % an epoch. */
function lossSlope(losses: number[]): number {
  const finite = losses.filter((loss) => Number.isFinite(loss) && loss > 0);
  if (finite.length < 2) return Number.NaN;
  const middle = (finite.length - 1) / 2;
  const logs = finite.map(Math.log);
  const average = mean(logs);
  let above = 0;
  let below = 0;
  logs.forEach((value, i) => {
    above += (i - middle) * (value - average);
    below += (i - middle) ** 2;
  });
  return -above / below;
}

export function mean(values: ArrayLike<number>, ofNone = 0): number {
  if (values.length === 0) return ofNone;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
