import { duplicateGroups } from "../dataset/duplicates.ts";
import { deriveSeed, random } from "../random.ts";
import { findLabelIssues } from "../stats/label-issues.ts";
import { readMaskRow } from "../stats/mask-row.ts";
import { moreThan } from "../stats/proportions.ts";
import { badImages } from "./bad-images.ts";
import { fitOf, isDead, mean } from "./fit.ts";
import { leakedTestRows } from "./leakage.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";
import { argmax, errorsOf, ofMasks, type Predictions, type View } from "./view.ts";

/** A training image whose given label is doubted by models that never saw it. */
export interface Suspect {
  row: number;
  /** 0..1, low = bad. */
  score: number;
  given: number;
  suggested: number;
}

/** Wrong labels in training. Tested by leaving the suspects out; control: leaving out as many images of the same labels at random. */
export const labelNoise: Cause = {
  id: "label-noise",
  family: "data-quality",
  tier: "data",
  masks: true,
  table: "label_issues",
  separatedBy: "leaving out suspects against leaving out as many at random: what only the first mends is the labels",

  screen(view) {
    if (!view.outOfFold) return notApplicable("There are no out-of-sample predictions of the training images.");
    const undrawn = emptyMasks(view);
    const twice = ofMasks(view) ? [] : picturesOfTwoLabels(view);
    const found = suspects(view, twice);
    const rate = found.length / Math.max(1, view.outOfFold.rows.length);
    const { test, training } = contradicted(view);
    const disagreement = found.length === 0 ? 0 : mean(found.map(({ score }) => 1 - score));
    const unlike = lostOnTraining(view);
    const evidence = [
      {
        measure: "share of training labels in doubt",
        value: rate,
        reference: 0.02,
        says: `Models that never saw them contradict the labels of ${many(found.length, "training image")} (${percent(rate)}).${view.masks?.asGiven ? " The predictions are masks without probabilities: where the model was in doubt it counts as if it were sure." : ""}`,
      },
      {
        measure: "labels contradicted with confidence",
        value: training,
        reference: test,
        says: ofMasks(view)
          ? `As much as a small object speaks against ${percent(training)} of the held-out training masks; of the test masks it is ${percent(test)}.`
          : `Another class is all but certain for ${percent(training)} of the held-out training images; among the test images it is ${percent(test)}.`,
      },
      {
        measure: "mean doubt of the suspects",
        value: disagreement,
        reference: 0.5,
        says: `The suspects' given labels get a quality score of ${(1 - disagreement).toFixed(2)} on average (1 = sound).`,
      },
      ...(undrawn
        ? [
            {
              measure: "training masks that show nothing",
              value: undrawn.training,
              reference: undrawn.test,
              says: `${percent(undrawn.training)} of the training masks show nothing but background; of the test masks it is ${percent(undrawn.test)}.`,
            },
          ]
        : []),
      ...(twice.length > 0
        ? [
            {
              measure: "training pictures with two labels",
              value: twice.length,
              reference: 0,
              says: `${many(twice.length, "picture")} ${twice.length === 1 ? "is" : "are"} in training more than once, pixel for pixel, with different labels.`,
            },
          ]
        : []),
      ...(unlike
        ? [
            {
              measure: "accuracy lost on held-out training images",
              value: unlike.test - unlike.training,
              reference: UNLIKE.lost,
              says: ofMasks(view)
                ? `The mean IoU is ${unlike.training.toFixed(2)} on training images that models never saw, and ${unlike.test.toFixed(2)} on test images.`
                : `Models agree with ${percent(unlike.training)} of the labels of training images that they never saw, and with ${percent(unlike.test)} of those of test images.`,
            },
          ]
        : []),
    ];
    if (undrawn && isDead(fitOf(view)))
      return {
        standing: "suspected",
        strength: 0.7,
        says: `${many(undrawn.rows.length, "training mask")} (${percent(undrawn.training)}) show nothing but background, of the test masks ${percent(undrawn.test)}: objects may not have been drawn.`,
        evidence,
        rows: undrawn.rows,
        settles: true,
      };
    if (found.length < 5 || rate < 0.005) return cleared("Hardly any label is contradicted.", evidence);
    if (ofMasks(view) && training <= 1.5 * test && !unlike?.isLost)
      return cleared(
        "Masks of training and test are contradicted alike: it is the model that is wrong there.",
        evidence,
      );
    return {
      standing: "suspected",
      strength: Math.min(1, 0.2 + rate + 4 * Math.max(0, training - test) + (unlike?.isLost ? 0.3 : 0)),
      says: `${many(found.length, "training label")} (${percent(rate)}) ${found.length === 1 ? "is" : "are"} contradicted by models that never saw the image.`,
      evidence,
      rows: Int32Array.from(found, ({ row }) => row),
      proven:
        contradictedBeyondDoubt(view, { test, training }) ||
        unlike?.isLost === true ||
        twice.length > TWICE * view.train.length,
    };
  },

  interventions(view, suspicion) {
    return [
      {
        id: "without the suspects",
        says: `training without the ${many(suspicion.rows.length, "suspect")}`,
        drop: suspicion.rows,
        // A second opinion is an answer to the whole image.
        ...(ofMasks(view) ? {} : { judge: suspicion.rows }),
      },
    ];
  },

  control(view, suspicion, _chosen, { seed }) {
    return {
      id: "without as many at random",
      says: `training without ${many(suspicion.rows.length, "image")}${ofMasks(view) ? "" : " of the same labels"} drawn at random`,
      drop: atRandom(view, suspicion.rows, deriveSeed(seed, "label-noise control")),
    };
  },

  remedy(view, suspicion, outcome) {
    const files = Array.from(suspicion.rows.slice(0, 1000), (row) => view.samples.files[row]);
    if (files.length === 0) return { says: "Nothing to do." };
    return {
      says: `Look at the ${many(suspicion.rows.length, "suspect")}, worst first, and relabel them${outcome ? `: leaving them out alone took the test error from ${percent(outcome.baseline.value)} to ${percent(outcome.changed.value)}` : ""}. label_issues.csv holds the given and the suggested ${ofMasks(view) ? "class of the worst region" : "label"} of each.`,
      files,
    };
  },
};

/** How many more of the training masks than of the test's must show nothing, and the chance of that were they alike. */
const UNDRAWN = { more: 0.05, level: 5e-4 };

/**
 * Training masks that are all background, where training has far more of them than the test: shares of both, and the rows. Taught that
 * nothing is to be found, a network may come to find nothing at all, and then no model is left that could contradict them.
 */
function emptyMasks(view: View): { training: number; test: number; rows: Int32Array } | undefined {
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

/** Part of the training images from which on pictures with two labels are beyond doubt a fault of the labels. */
const TWICE = 0.02;

/** What held-out training images must lose against test images: of all images, and of their errors; and how much is more than none. */
const UNLIKE = { lost: 0.15, ofErrors: 0.35, level: 5e-4, some: 0.1 };

/**
 * Accuracy on training images that were held out by cross-validation, and on test images. Models of a quarter to a third fewer images
 * are a little worse; where training images lose far more than that, beyond chance (two proportions, one-sided; of masks what is lost of
 * the IoU, which varies less than a proportion does), it is their labels. Bad images and leaked ones are left out, and classes count
 * alike. Where so many labels are wrong that no model is sure of anything, nothing else shows it.
 */
export function lostOnTraining(
  view: View,
): { training: number; test: number; isLost: boolean; isSome: boolean } | undefined {
  const { outOfFold, testErrors, test } = view;
  if (!outOfFold || test.length === 0) return undefined;
  const bad = new Set(badImages(view).map(({ row }) => row));
  const leaked = leakedTestRows(view);
  // A fold whose network finds nothing anywhere says nothing of the masks.
  const unseen = ofMasks(view) ? nothingFound(view, outOfFold) : new Set();
  const held = byClass(view, outOfFold.rows, errorsOf(outOfFold, view), (row) => bad.has(row) || unseen.has(row));
  const clean = byClass(view, test, testErrors, (row) => bad.has(row) || leaked.has(row));
  // Classes count as they do in training: a test set with more of an easy one is no proof of wrong labels.
  const there = [...view.classes.keys()].filter((k) => held.images[k] > 0 && clean.images[k] > 0);
  const sum = (of: (k: number) => number) => there.reduce((total, k) => total + of(k), 0);
  const images = sum((k) => held.images[k]);
  const training = sum((k) => held.wrong[k]) / Math.max(1, images);
  const tested = sum((k) => (clean.wrong[k] / clean.images[k]) * held.images[k]) / Math.max(1, images);
  const chance = moreThan({ share: training, count: images }, { share: tested, count: sum((k) => clean.images[k]) });
  const lost = training - tested;
  return {
    training: 1 - training,
    test: 1 - tested,
    isLost: chance < UNLIKE.level && lost >= UNLIKE.lost && lost >= UNLIKE.ofErrors * training,
    isSome: chance < UNLIKE.level && lost >= UNLIKE.some,
  };
}

/** Rows whose predicted masks are all background. */
const nothingFound = ({ classes }: View, { rows, values }: Predictions): Set<number> =>
  new Set(
    rows.filter((_, i) =>
      readMaskRow(values, i, classes.length).predicted.every((pixels, k) => k === 0 || pixels === 0),
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

/** Training images whose given label is in doubt, worst first. @param twice rows of each picture with several labels */
function suspects(view: View, twice: number[][]): Suspect[] {
  if (!view.outOfFold) return [];
  if (ofMasks(view)) return maskSuspects(view, view.outOfFold).filter(isDoubted);
  const { rows, values } = view.outOfFold;
  const classes = view.classes.length;
  const given = rows.map((row) => view.samples.labels[row]);
  const issues = findLabelIssues(given, values, classes);
  const copies = contradictedCopies(twice, view.samples, new Map(Array.from(rows, (row, i) => [row, issues.score[i]])));
  return Array.from(rows.keys())
    .filter((i) => issues.isIssue[i] || copies.has(rows[i]))
    .map((i) => ({ row: rows[i], score: issues.score[i], given: given[i], suggested: argmax(values, i, classes) }))
    .sort((a, b) => a.score - b.score || a.row - b.row);
}

/** Training rows of each picture that is there with several labels: all but one of them are wrong, whatever a model says. */
function picturesOfTwoLabels({ train, samples: { hashes, labels } }: View): number[][] {
  return duplicateGroups(Array.from(train, (row) => ({ hash: hashes[row], split: "train" })))
    .exact.map((places) => places.map((place) => train[place]))
    .filter((copies) => copies.some((row) => labels[row] !== labels[copies[0]]));
}

/** Of each such picture the copies that have another label than the one that models hold for the likeliest. */
function contradictedCopies(
  pictures: number[][],
  { labels }: View["samples"],
  scores: Map<number, number>,
): Set<number> {
  return new Set(
    pictures.flatMap((copies) => {
      const known = copies.filter((row) => scores.has(row));
      const best = known.reduce((one, row) => (scores.get(row)! > scores.get(one)! ? row : one), known[0]);
      return known.filter((row) => labels[row] !== labels[best]);
    }),
  );
}

/** Score of a mask below which it is in doubt: more than a small object speaks against it (`scoreMask`). */
const DOUBTED = 0.5;

export const isDoubted = ({ score }: Pick<Suspect, "score">): boolean => score < DOUBTED;

/** What predictions say of the masks given, worst first; classes and place are those of the worst region, -1 where there is none. */
export function maskSuspects(
  { classes }: Pick<View, "classes">,
  { rows, values }: Predictions,
): (Suspect & { box?: readonly number[] })[] {
  return Array.from(rows, (row, i) => {
    const { score, region } = readMaskRow(values, i, classes.length).label;
    return { row, score, given: region?.given ?? -1, suggested: region?.predicted ?? -1, box: region?.box };
  }).sort((a, b) => a.score - b.score || a.row - b.row);
}

/**
 * Scores of suspects by models that were trained without any of them, 0..1, low = bad: the given label's part of what it
 * and its strongest rival get. Wrong labels taught these models nothing, so they are surer than those of the
 * cross-validation, in which labels wrong in the same way stood on both sides.
 */
export function secondOpinion(
  view: View,
  { rows, values }: Predictions,
): { row: number; score: number; suggested: number }[] {
  const classes = view.classes.length;
  const judged = Array.from(rows, (row, i) => {
    const given = view.samples.labels[row];
    let rival = given === 0 ? 1 : 0;
    for (let k = 0; k < classes; k++)
      if (k !== given && values[i * classes + k] > values[i * classes + rival]) rival = k;
    const mine = values[i * classes + given];
    const other = values[i * classes + rival];
    return { row, score: mine + other > 0 ? mine / (mine + other) : 0.5, suggested: mine >= other ? given : rival };
  });
  return judged.sort((a, b) => a.score - b.score || a.row - b.row);
}

/**
 * Share of rows for which another class is all but certain and the given one all but excluded, in test and in held-out training images.
 * Test images that training holds are left out: what was trained on is contradicted by no model.
 */
function contradicted(view: View): { test: number; training: number } {
  const classes = view.classes.length;
  const leaked = leakedTestRows(view);
  const share = ({ rows, values }: Predictions) => {
    const counted = [...rows.keys()].filter((i) => !leaked.has(rows[i]));
    const doubted = ofMasks(view)
      ? new Set(maskSuspects(view, { rows, values }).flatMap((suspect) => (isDoubted(suspect) ? [suspect.row] : [])))
      : undefined;
    const isContradicted = (i: number) =>
      doubted
        ? doubted.has(rows[i])
        : values[i * classes + argmax(values, i, classes)] >= 0.75 &&
          values[i * classes + view.samples.labels[rows[i]]] <= 0.1;
    return counted.filter(isContradicted).length / Math.max(1, counted.length);
  };
  return { test: mean(view.tested.map(share)), training: share(view.outOfFold!) };
}

/** Hard images are contradicted in training and test alike; what training has beyond that, and beyond chance, are its labels. */
function contradictedBeyondDoubt(view: View, { test, training }: { test: number; training: number }): boolean {
  const chance = moreThan({ share: training, count: view.train.length }, { share: test, count: view.test.length });
  return training >= 0.03 && training - test > Math.max(0.03, test) && chance < UNLIKE.level;
}

/** As many training rows as `rows` has: of each label, or of masks of them all, since a mask that is wrong is so in what it shows. */
const atRandom = (view: View, rows: Int32Array, seed: number): Int32Array =>
  ofMasks(view)
    ? Int32Array.from(random(seed).sample(view.train, rows.length)).sort()
    : sameLabelsAtRandom(view, rows, seed);

/** As many training rows of each label as `rows` has. */
export function sameLabelsAtRandom(view: View, rows: Int32Array, seed: number): Int32Array {
  const chance = random(seed);
  const drop: number[] = [];
  for (let k = 0; k < view.classes.length; k++) {
    const wanted = rows.filter((row) => view.samples.labels[row] === k).length;
    drop.push(
      ...chance.sample(
        view.train.filter((row) => view.samples.labels[row] === k),
        wanted,
      ),
    );
  }
  return Int32Array.from(drop).sort();
}
