import { deriveSeed, type Random, random } from "../random.ts";
import { type MaskRow, readMaskRow } from "../stats/mask-row.ts";
import { mean } from "./fit.ts";
import { withFit } from "./recipes.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";
import { countsByClass, type View } from "./view.ts";

/** Dominant classes bias the model and rare ones err. Tested by weighting the classes; control: the same weights on other classes. */
export const classImbalance: Cause = {
  id: "class-imbalance",
  family: "data-quantity",
  tier: "data",
  // A model that answers the largest class always looks dead, and rate and length are not why.
  settles: true,
  masks: true,
  table: "errors",
  separatedBy:
    "moving held-out images of the rare classes into training: what only those mend is missing variety, not the counts",

  screen(view) {
    const counts = sizesOf(view);
    const present = Array.from(counts.keys()).filter((k) => counts[k] > 0);
    if (present.length < 2)
      return notApplicable(
        view.masks
          ? "There is one class beside the background; nothing competes with it."
          : "The training set's classes are not known.",
      );
    const largest = Math.max(...present.map((k) => counts[k]));
    const rarest = present.reduce((a, b) => (counts[b] < counts[a] ? b : a));
    const ratio = largest / counts[rarest];
    const recall = recallByClass(view);
    const half = largest / 2;
    const rare = present.filter((k) => counts[k] < half && Number.isFinite(recall[k]));
    const common = present.filter((k) => counts[k] >= half && Number.isFinite(recall[k]));
    const lost = mean(common.map((k) => recall[k])) - mean(rare.map((k) => recall[k]));
    const shift = priorShift(view);
    const evidence = [
      {
        measure: "largest class over rarest class",
        value: ratio,
        reference: 2,
        says: view.masks
          ? `"${view.classes[rarest]}" has ${many(counts[rarest], "training pixel")}, the largest class beside the background ${many(largest, "pixel")}: ${ratio.toFixed(1)} to 1.`
          : `"${view.classes[rarest]}" has ${many(counts[rarest], "training image")}, the largest class ${many(largest, "image")}: ${ratio.toFixed(1)} to 1.`,
      },
      ...(rare.length > 0
        ? [
            {
              measure: "recall lost by the rare classes",
              value: lost,
              reference: 0,
              says: `Classes with less than half of the largest class' ${view.masks ? "pixels" : "images"} are recalled at ${percent(mean(rare.map((k) => recall[k])))}, the others at ${percent(mean(common.map((k) => recall[k])))}.`,
            },
          ]
        : []),
      {
        measure: "shift of the predicted prior",
        value: shift.value,
        reference: 0,
        says: `The model predicts "${view.classes[shift.class]}" for ${percent(shift.predicted)} of the ${view.masks ? "test pixels that show a class" : "test images"}; ${percent(shift.true)} are of that class.`,
      },
    ];
    if (ratio < 2 || rare.length === 0)
      return cleared(
        view.masks
          ? "The classes beside the background have similar numbers of training pixels."
          : "The classes have similar numbers of training images.",
        evidence,
      );
    if (lost < 0.02) return cleared("The rare classes are recalled as well as the others.", evidence);
    const rareSet = new Set(rare);
    const concerned = (row: number) =>
      view.masks
        ? rare.some((k) => view.masks!.pixels[row * view.classes.length + k] > 0)
        : rareSet.has(view.samples.labels[row]);
    const worst = [...view.test.keys()].filter((i) => concerned(view.test[i]) && view.testErrors[i] > 0);
    worst.sort((a, b) => view.testErrors[b] - view.testErrors[a]);
    return {
      standing: "suspected",
      strength: Math.min(1, 0.3 + 2 * lost * Math.log10(ratio)),
      says: `${rare
        .map((k) => `"${view.classes[k]}"`)
        .slice(0, 5)
        .join(", ")} ${rare.length === 1 ? "is" : "are"} rare in training and recalled worse by ${percent(lost)}.`,
      evidence,
      rows: Int32Array.from(worst, (i) => view.test[i]),
      proven: ratio >= 3 && lost >= 0.1,
    };
  },

  interventions(view) {
    const weights = balancedWeights(view);
    const softened = weights.map(Math.sqrt);
    return [
      {
        id: "balanced class weights",
        says: "weighting each class by the inverse of its size",
        change: (recipe) => withFit(recipe, { classWeight: weights }),
      },
      {
        id: "softened class weights",
        says: "weighting each class by the inverse square root of its size",
        change: (recipe) => withFit(recipe, { classWeight: softened }),
      },
    ];
  },

  control(_view, _suspicion, chosen, { recipe, seed }) {
    const weights = chosen.change?.(recipe).fit.classWeight;
    if (!Array.isArray(weights)) return undefined;
    const exchanged = exchangedWeights(weights, random(deriveSeed(seed, "class weights")));
    return {
      id: "class weights exchanged",
      says: "the same weights on other classes",
      change: (before) => withFit(before, { classWeight: exchanged }),
    };
  },

  remedy(view, suspicion, outcome) {
    const counts = sizesOf(view);
    const largest = Math.max(...counts);
    const rare = view.classes.filter((_, k) => counts[k] > 0 && counts[k] < largest / 2);
    const missing = rare
      .map(
        (name) =>
          `${Math.ceil(largest / 2 - counts[view.classes.indexOf(name)])}${view.masks ? " pixels" : ""} of "${name}"`,
      )
      .slice(0, 5);
    const weight =
      outcome?.intervention.change && view.recipe
        ? outcome.intervention.change(view.recipe).fit.classWeight
        : "balanced";
    return {
      says:
        suspicion.standing === "suspected"
          ? `Weight the classes${outcome ? ` (test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)})` : ""}, or collect more of the rare ones: ${missing.join(", ")} would bring them to half of the largest class.`
          : "Nothing to do.",
      change: { fit: { classWeight: Array.isArray(weight) ? weight.map((each) => Number(each.toFixed(3))) : weight } },
    };
  },
};

/**
 * Heavy weights and light ones exchanged, pair by pair at random. A mere shuffle now and then leaves a rare class its weight, and then the
 * control mends what the weights do.
 */
function exchangedWeights(weights: number[], chance: Random): number[] {
  const classes = [...weights.keys()];
  const heavy = chance.shuffle(classes.filter((k) => weights[k] > 1));
  const light = chance.shuffle(classes.filter((k) => weights[k] <= 1));
  const exchanged = weights.slice();
  for (let i = 0; i < Math.min(heavy.length, light.length); i++) {
    exchanged[heavy[i]] = weights[light[i]];
    exchanged[light[i]] = weights[heavy[i]];
  }
  return exchanged;
}

/** What there is of each class in training, [classes]: images; of masks pixels, the background left out. */
function sizesOf({ train, samples, classes, masks }: View): Int32Array | Float64Array {
  if (!masks) return countsByClass(train, samples.labels, classes.length);
  const pixels = new Float64Array(classes.length);
  for (const row of train) for (let k = 1; k < classes.length; k++) pixels[k] += masks.pixels[row * classes.length + k];
  return pixels;
}

/**
 * n / (classes x n_c), Keras' and scikit-learn's "balanced". Classes without images weigh 1. Of masks the classes beside the
 * background are balanced among each other: that there is more background than objects is in the nature of images.
 */
export function balancedWeights(view: View): number[] {
  const sizes = Array.from(sizesOf(view));
  const all = view.masks ? sizes.reduce((sum, size) => sum + size, 0) : view.train.length;
  const classes = view.masks ? sizes.filter((size) => size > 0).length : view.classes.length;
  return sizes.map((size) => (size > 0 ? all / (classes * size) : 1));
}

/** Recall of each class over test images (of masks: pixels) and seeds; NaN where there is nothing of it in the test. */
export function recallByClass(view: View): number[] {
  const right = new Float64Array(view.classes.length);
  const all = new Float64Array(view.classes.length);
  if (view.masks)
    eachMask(view, ({ truth, both }) =>
      truth.forEach((pixels, k) => {
        right[k] += both[k];
        all[k] += pixels;
      }),
    );
  else
    view.test.forEach((row, i) => {
      right[view.samples.labels[row]] += 1 - view.testErrors[i];
      all[view.samples.labels[row]]++;
    });
  return Array.from(right, (value, k) => value / all[k]);
}

function eachMask({ tested, classes }: View, see: (row: MaskRow) => void): void {
  for (const { rows, values } of tested) for (const i of rows.keys()) see(readMaskRow(values, i, classes.length));
}

/** The class whose share among the predictions lies farthest from its share among the test labels. */
function priorShift(view: View): { class: number; predicted: number; true: number; value: number } {
  const { predicted, truth } = view.masks ? shownPixels(view) : shownImages(view);
  const shifts = truth.map((value, k) => predicted[k] - value);
  const k = shifts.reduce((best, shift, i) => (Math.abs(shift) > Math.abs(shifts[best]) ? i : best), 0);
  return { class: k, predicted: predicted[k], true: truth[k], value: shifts[k] };
}

interface Shares {
  predicted: ArrayLike<number>;
  truth: number[];
}

function shownImages(view: View): Shares {
  const classes = view.classes.length;
  const predicted = new Float64Array(classes);
  for (const { values, rows } of view.tested)
    rows.forEach((_, i) => {
      for (let k = 0; k < classes; k++) predicted[k] += values[i * classes + k] / (rows.length * view.tested.length);
    });
  const counts = countsByClass(view.test, view.samples.labels, classes);
  return { predicted, truth: Array.from(counts, (count) => count / Math.max(1, view.test.length)) };
}

/** Shares of the pixels that show any class but the background. */
function shownPixels(view: View): Shares {
  const classes = view.classes.length;
  const [predicted, truth] = [new Float64Array(classes), new Float64Array(classes)];
  eachMask(view, (row) => {
    for (let k = 1; k < classes; k++) {
      predicted[k] += row.predicted[k];
      truth[k] += row.truth[k];
    }
  });
  const shares = (pixels: Float64Array) => {
    const all = Math.max(
      1,
      pixels.reduce((sum, each) => sum + each, 0),
    );
    return Array.from(pixels, (each) => each / all);
  };
  return { predicted: shares(predicted), truth: shares(truth) };
}
