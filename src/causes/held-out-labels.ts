/** What labels of held-out training images say beside those of the test. */
import { readMaskRow } from "../stats/mask-row.ts";
import { moreThan } from "../stats/proportions.ts";
import { lackedKinds, slipOf } from "./answers.ts";
import { badImages } from "./bad-images.ts";
import { mean } from "./fit.ts";
import { isDoubted } from "./label-suspects.ts";
import { leakedTestRows } from "./leakage.ts";
import { argmax, errorsOf, ofMasks, type Predictions, type View } from "./view.ts";

/** How many more of the training masks than of the test's must show nothing, and the chance of that were they alike. */
const UNDRAWN = { more: 0.05, level: 5e-4 };

/**
 * Training masks that are all background, where training has far more of them than the test: shares of both, and the rows. Taught that
 * nothing is to be found, a network may come to find nothing at all, and then no model is left that could contradict them.
 */
export function emptyMasks(view: View): { training: number; test: number; rows: Int32Array } | undefined {
  const { masks, classes, train, test } = view;
  if (!masks) return undefined;
  const isEmpty = (row: number): boolean =>
    masks.pixels.subarray(row * classes.length + 1, (row + 1) * classes.length).every((pixels) => pixels === 0);
  const rows = train.filter(isEmpty);
  const training = { share: rows.length / Math.max(1, train.length), count: train.length };
  const tested = { share: test.filter(isEmpty).length / Math.max(1, test.length), count: test.length };
  if (training.share - tested.share < UNDRAWN.more || moreThan(training, tested) >= UNDRAWN.level) return undefined;
  return { training: training.share, test: tested.share, rows };
}

/** Chance up to which what held-out training images lose against test images is none. */
const LEVEL = 5e-4;
/** What they must lose for their labels to be wrong: of all images, and of their errors; and how much is more than none. */
const BY_SAME_MODELS = { lost: 0.05, ofErrors: 0.1, some: 0.04 };
/** The same where test images are judged by models of more images. */
const BY_OTHERS = { lost: 0.12, ofErrors: 0.25, some: 0.1 };

/** Held-out training images beside test images: accuracy on both, and whether what is lost speaks against labels. */
export interface Unlike {
  training: number;
  test: number;
  /** What must be lost at least. */
  mark: number;
  isLost: boolean;
  isSome: boolean;
}

/**
 * Accuracy on training images that were held out by cross-validation, and on test images, by the same models. Where training images
 * lose beyond chance (two proportions, one-sided; of masks what is lost of the IoU, which varies less than a proportion does), it is
 * their labels: neither kind was seen. Where only models of all training images judged the test images these have it a little easier, and
 * more must be lost. Bad images, leaked ones and test images of a kind that
 * training lacks are left out, test images in another form than training's are taken in training's, and classes count alike. Where so
 * many labels are wrong that no model is sure of anything, nothing else shows it.
 */
export function lostOnTraining(view: View): Unlike | undefined {
  const { outOfFold, test } = view;
  if (!outOfFold || test.length === 0) return undefined;
  const aside = setAside(view);
  // A fold whose network finds nothing anywhere says nothing of the masks.
  const unseen = ofMasks(view) ? nothingFound(view, outOfFold) : new Set();
  const shown = testedAsTrained(view);
  const held = byClass(view, outOfFold.rows, errorsOf(outOfFold, view), (row) => aside.has(row) || unseen.has(row));
  const clean = byClass(view, shown.rows, shown.errors, (row) => aside.has(row));
  // Classes count as they do in training: a test set with more of an easy one is no proof of wrong labels.
  const there = [...view.classes.keys()].filter((k) => held.images[k] > 0 && clean.images[k] > 0);
  const sum = (of: (k: number) => number) => there.reduce((total, k) => total + of(k), 0);
  const images = sum((k) => held.images[k]);
  const training = sum((k) => held.wrong[k]) / Math.max(1, images);
  const tested = sum((k) => (clean.wrong[k] / clean.images[k]) * held.images[k]) / Math.max(1, images);
  const chance = moreThan({ share: training, count: images }, { share: tested, count: sum((k) => clean.images[k]) });
  const lost = training - tested;
  const least = shown.bySameModels ? BY_SAME_MODELS : BY_OTHERS;
  return {
    training: 1 - training,
    test: 1 - tested,
    mark: least.lost,
    isLost: chance < LEVEL && lost >= least.lost && lost >= least.ofErrors * training,
    isSome: chance < LEVEL && lost >= least.some,
  };
}

/**
 * Rows that say nothing of labels: bad images; test images that training holds, since what was trained on is contradicted by no model; and
 * test images of a kind that training lacks, of which no model is sure. Where test images are in another form than training's, all of
 * training looks bad beside them.
 */
function setAside(view: View): Set<number> {
  const lacked = lackedKinds(view).flatMap(({ members }) => Array.from(members, (i) => view.test[i]));
  const bad = slipIn(view) ? [] : badImages(view);
  return new Set([...bad.map(({ row }) => row), ...leakedTestRows(view), ...lacked]);
}

const slipIn = (view: View) => (ofMasks(view) ? undefined : slipOf(view));

/** Errors on test images, in the form that training images have. */
function testedAsTrained(view: View): { rows: Int32Array; errors: Float32Array; bySameModels: boolean } {
  const { test, testErrors, foldErrors, perturbed, samples } = view;
  const slip = slipIn(view);
  if (!slip || !perturbed) return { rows: test, errors: foldErrors ?? testErrors, bySameModels: !!foldErrors };
  const { rows, variants, predicted } = perturbed;
  const said = (i: number) => predicted[i * variants.length + slip.variant];
  const errors = Float32Array.from(rows, (row, i) => Number(said(i) !== samples.labels[row]));
  return { rows, errors, bySameModels: false };
}

/**
 * About how many training labels are wrong, where labels of the test say that some are: models that are right on `test` of these agree
 * with `training` = (1 - wrong) test + wrong by chance of the others, and a wrong label is met as often as any other wrong answer.
 */
export function wrongLabels(view: View, unlike = lostOnTraining(view)): number | undefined {
  if (ofMasks(view) || !unlike?.isSome) return undefined;
  const byChance = (1 - unlike.test) / Math.max(1, view.classes.length - 1);
  if (unlike.test <= byChance) return undefined;
  return Math.ceil(((unlike.test - unlike.training) / (unlike.test - byChance)) * view.train.length);
}

/** Rows whose predicted masks are all background. */
const nothingFound = ({ classes }: View, { rows, values }: Predictions): Set<number> =>
  new Set(
    rows.filter((_, i) =>
      readMaskRow(values, i, classes.length)
        .predicted.subarray(1)
        .every((pixels) => pixels === 0),
    ),
  );

/** Images and errors of each class, without some rows. */
function byClass(
  { classes, samples: { labels } }: View,
  rows: Int32Array,
  errors: Float32Array,
  leftOut: (row: number) => boolean,
): { images: Float64Array; wrong: Float64Array } {
  const images = new Float64Array(classes.length);
  const wrong = new Float64Array(classes.length);
  rows.forEach((row, i) => {
    if (leftOut(row)) return;
    images[labels[row]]++;
    wrong[labels[row]] += errors[i];
  });
  return { images, wrong };
}

/**
 * Share of rows for which another class is all but certain and the given one all but excluded, in test and in held-out training images,
 * without those that say nothing of labels (`setAside`). Hard images are contradicted in training and test alike; what training has
 * beyond that, and beyond chance, are its labels.
 */
export function contradicted(view: View): { test: number; training: number; isBeyondDoubt: boolean } {
  const classes = view.classes.length;
  const aside = setAside(view);
  const places = ({ rows }: Predictions) => [...rows.keys()].filter((i) => !aside.has(rows[i]));
  const isContradicted = ({ rows, values }: Predictions, i: number) =>
    ofMasks(view)
      ? isDoubted(readMaskRow(values, i, classes).label)
      : values[i * classes + argmax(values, i, classes)] >= 0.75 &&
        values[i * classes + view.samples.labels[rows[i]]] <= 0.1;
  const shareOf = (predictions: Predictions) => {
    const counted = places(predictions);
    return counted.filter((i) => isContradicted(predictions, i)).length / Math.max(1, counted.length);
  };
  const [test, training] = [mean(view.tested.map(shareOf)), shareOf(view.outOfFold!)];
  const count = (rows: Int32Array) => rows.filter((row) => !aside.has(row)).length;
  const chance = moreThan({ share: training, count: count(view.train) }, { share: test, count: count(view.test) });
  return {
    test,
    training,
    isBeyondDoubt: training >= 0.03 && training - test > Math.max(0.03, test) && chance < LEVEL,
  };
}
