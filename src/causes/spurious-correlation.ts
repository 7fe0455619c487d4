import type { Recipe } from "../model/types.ts";
import { fitOf, isDead, mean } from "./fit.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, type Intervention, notApplicable } from "./types.ts";
import type { MeasureName, View } from "./view.ts";

type Box = NonNullable<Recipe["input"]["mask"]>[number];

/** Depth of a corner and of a border that is masked, as a fraction of the side. */
const CORNER = 0.25;
const BORDER = 0.125;
/** Places that can be blanked, and a place of the same size without the property, for the control. */
const PLACES: Partial<Record<MeasureName, { boxes: Box[]; elsewhere: Box[] }>> = {
  "top left": { boxes: [[0, 0, CORNER, CORNER]], elsewhere: [[1 - CORNER, 1 - CORNER, 1, 1]] },
  "top right": { boxes: [[0, 1 - CORNER, CORNER, 1]], elsewhere: [[1 - CORNER, 0, 1, CORNER]] },
  "bottom left": { boxes: [[1 - CORNER, 0, 1, CORNER]], elsewhere: [[0, 1 - CORNER, CORNER, 1]] },
  "bottom right": { boxes: [[1 - CORNER, 1 - CORNER, 1, 1]], elsewhere: [[0, 0, CORNER, CORNER]] },
  border: {
    boxes: [
      [0, 0, BORDER, 1],
      [1 - BORDER, 0, 1, 1],
      [0, 0, 1, BORDER],
      [0, 1 - BORDER, 1, 1],
    ],
    elsewhere: [[0.5 - BORDER, 0.5 - BORDER, 0.5 + BORDER, 0.5 + BORDER]],
  },
};
const LOOKED_AT: MeasureName[] = [
  "brightness",
  "contrast",
  "warmth",
  "greenness",
  "border",
  "top left",
  "top right",
  "bottom left",
  "bottom right",
];
/** Association with the label that training has beyond the test set, and the part of the errors that follow it. */
const BEYOND = 0.1;
const FOLLOW = 0.65;

/** A property that tells the class in training and not in the test, and that wrong answers follow. */
export interface Shortcut {
  measure: MeasureName;
  /** Part of the property's variance that lies between the classes (eta squared), 0..1. */
  train: number;
  test: number;
  /** Part of the wrong answers to whose class the property fits better than to the true one. */
  follow: number;
  /** Class that the property marks: its mean lies farthest from the others', in deviations. */
  class: number;
}

/**
 * Brightness, background, tint or a mark that goes with a class in training only. What goes with it in the test as well is
 * no artefact as far as these data can show. Tested by taking the property out of every image; control: as much taken out elsewhere.
 */
export const spuriousCorrelation: Cause = {
  id: "spurious-correlation",
  family: "data-quality",
  tier: "data",
  masks: "A property that predicts the label is looked for in labels of whole images; a mask has none.",
  table: "errors",
  separatedBy: "blanking as much of the image elsewhere: what only the property's own place mends is the artefact",

  screen(view) {
    if (!view.samples.measures) return notApplicable("Nothing was measured of the images by themselves.");
    const fit = fitOf(view);
    if (isDead(fit)) return cleared("The model has learnt nothing, no artefact either.");
    const all = associations(view);
    const found = shortcuts(view);
    const [worst] = found.length > 0 ? found : all;
    if (!worst) return cleared("The classes of the training set are not known.");
    const evidence = (found.length > 0 ? found.slice(0, 3) : [worst]).map(({ measure, train, test, follow }) => ({
      measure: `label told by ${measure}, training`,
      value: train,
      reference: test,
      says: `The classes explain ${percent(train)} of the ${nameOf(measure)} in training, ${percent(test)} in the test; ${percent(follow)} of the wrong answers are of a class that it fits better.`,
    }));
    if (found.length === 0)
      return cleared("No simple property of the images tells the class in training and fails in the test.", evidence);
    const wrong = view.test.filter((_, i) => view.testErrors[i] > 0);
    return {
      standing: "suspected",
      strength: Math.min(0.9, 0.5 + worst.train - worst.test),
      says: `The ${nameOf(worst.measure)} goes with "${view.classes[worst.class]}" in training (it explains ${percent(worst.train)}) and not in the test (${percent(worst.test)}), and ${percent(worst.follow)} of the wrong answers follow it.`,
      evidence,
      rows: wrong,
    };
  },

  interventions(view) {
    return shortcuts(view)
      .slice(0, 2)
      .map(({ measure }) => without(view, measure));
  },

  control(view, _suspicion, chosen) {
    const measure = shortcuts(view).find((each) => without(view, each.measure).id === chosen.id)?.measure;
    const place = measure && PLACES[measure];
    if (!place) return undefined;
    return {
      id: "blank elsewhere",
      says: "training and testing with as much of every image blank at another place",
      change: (recipe) => withInput(recipe, { mask: place.elsewhere }),
    };
  },

  remedy(view, suspicion, outcome) {
    const [worst] = shortcuts(view);
    if (suspicion.standing !== "suspected" || !worst) return { says: "Nothing to do." };
    const marked = view.classes[worst.class];
    return {
      says: `Collect images of "${marked}" without, and of other classes with, this ${nameOf(worst.measure)}, or take it out of every image${outcome ? `: ${outcome.intervention.says} took the test error from ${percent(outcome.baseline.value)} to ${percent(outcome.changed.value)}` : ""}.`,
      ...(outcome?.intervention.change && view.recipe
        ? { change: { input: outcome.intervention.change(view.recipe).input } }
        : {}),
    };
  },
};

const nameOf = (measure: MeasureName): string =>
  measure === "border" || measure in PLACES
    ? `brightness of the ${measure === "border" ? measure : `${measure} corner`}`
    : measure;

const withInput = (recipe: Recipe, input: Partial<Recipe["input"]>): Recipe => ({
  ...recipe,
  input: { ...recipe.input, ...input },
});

function without(view: View, measure: MeasureName): Intervention {
  const place = PLACES[measure];
  if (place)
    return {
      id: `${measure} blank`,
      says: `training and testing with the ${measure === "border" ? "border" : `${measure} corner`} of every image blank`,
      change: (recipe) => withInput(recipe, { mask: place.boxes }),
    };
  if ((measure === "warmth" || measure === "greenness") && view.shape.channels === 3)
    return {
      id: "grey images",
      says: "training and testing with grey images",
      change: (recipe) => withInput(recipe, { channels: 1 }),
    };
  return {
    id: "equal brightness and contrast",
    says: "training and testing with every image brought to one brightness and contrast",
    change: (recipe) => withInput(recipe, { equalize: true }),
  };
}

/** Properties that lead the model astray, the strongest first. */
export function shortcuts(view: View): Shortcut[] {
  return associations(view)
    .filter(({ train, test, follow }) => train - test >= BEYOND && train >= 2 * test && follow >= FOLLOW)
    .sort((a, b) => b.train - b.test - (a.train - a.test));
}

function associations(view: View): Shortcut[] {
  const { measures } = view.samples;
  const wrong = wrongAnswers(view);
  if (!measures || wrong.length < 10) return [];
  return LOOKED_AT.flatMap((measure): Shortcut[] => {
    const values = measures[measure];
    const train = byClass(view, view.train, values);
    const test = byClass(view, view.test, values);
    if (!(train.within > 0) || !(test.within > 0)) return [];
    const fits = (k: number, value: number) => Math.abs(value - train.means[k]);
    const follow = mean(
      wrong.map(({ row, said, label }) => Number(fits(said, values[row]) < fits(label, values[row]))),
    );
    const far = train.means.map((each, k) =>
      train.counts[k] > 0 ? Math.abs(each - mean(train.means.filter((_, j) => j !== k))) : 0,
    );
    return [{ measure, train: train.eta, test: test.eta, follow, class: far.indexOf(Math.max(...far)) }];
  });
}

/** Wrong answers on the test set, over all seeds. */
function wrongAnswers(view: View): { row: number; said: number; label: number }[] {
  const classes = view.classes.length;
  return view.tested.flatMap(({ rows, values }) =>
    Array.from(rows).flatMap((row, i) => {
      const label = view.samples.labels[row];
      let said = 0;
      for (let k = 1; k < classes; k++) if (values[i * classes + k] > values[i * classes + said]) said = k;
      return said === label ? [] : [{ row, said, label }];
    }),
  );
}

/** Means of the classes, and the part of the variance that lies between them: eta squared, less what chance gives. */
function byClass(view: View, rows: Int32Array, values: Float32Array) {
  const classes = view.classes.length;
  const counts = new Float64Array(classes);
  const sums = new Float64Array(classes);
  for (const row of rows) {
    counts[view.samples.labels[row]]++;
    sums[view.samples.labels[row]] += values[row];
  }
  const means = Array.from(sums, (sum, k) => sum / Math.max(1, counts[k]));
  const middle = mean(Array.from(rows, (row) => values[row]));
  let within = 0;
  let all = 0;
  for (const row of rows) {
    within += (values[row] - means[view.samples.labels[row]]) ** 2;
    all += (values[row] - middle) ** 2;
  }
  const chance = (classes - 1) / Math.max(1, rows.length - 1);
  return { counts, means, within, eta: all > 0 ? Math.max(0, 1 - within / all - chance) : 0 };
}
