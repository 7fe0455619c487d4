import { gains } from "../model/preprocess.ts";
import type { Recipe, Scale } from "../model/types.ts";
import { fitOf, isDead, mean } from "./fit.ts";
import { layerName } from "./recipes.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, type Evidence, notApplicable } from "./types.ts";
import type { View } from "./view.ts";

/** Root mean square of what the first layer sees: initial weights are made for values near one (Glorot and Bengio 2010). */
const USABLE = { least: 0.02, most: 4 };

/**
 * Images reach the network in another form than it can use: a scale far from one. Tested by training on usable scales.
 */
export const preprocessingMismatch: Cause = {
  id: "preprocessing-mismatch",
  family: "data-quality",
  tier: "training",
  separatedBy:
    "another learning rate at the given scale: what it mends as well is the size of the steps, what only another scale mends is the preprocessing",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe whose input could be changed.");
    const { rms, says } = inputOf(view, view.recipe);
    const evidence: Evidence[] = [
      {
        measure: "root mean square of the network's input",
        value: rms,
        reference: 1,
        says,
      },
    ];
    const usable = rms >= USABLE.least && rms <= USABLE.most;
    if (usable) return cleared("What the first layer sees is of a usable size.", evidence);
    if (normalisesFirst(view.recipe))
      return cleared("The network normalises its input before the first layer with weights.", evidence);
    return {
      standing: "suspected",
      strength: isDead(fitOf(view)) ? 1 : 0.75,
      says: `${says.replace(/\.$/, "")}: initial weights are made for values near one.`,
      evidence,
      rows: view.test,
      proven: true,
    };
  },

  interventions(view) {
    return scalesFor(view).map((scale) => ({
      id: `input ${told(scale)}`,
      says: `training with the input scaled to ${told(scale)}`,
      change: (before) => ({ ...before, input: { ...before.input, scale } }),
    }));
  },

  remedy(view, suspicion, outcome) {
    if (suspicion.standing !== "suspected") return { says: "Nothing to do." };
    if (!outcome?.intervention.change || !view.recipe)
      return { says: "Scale the input to 0..1, in training and wherever the model is used." };
    const { scale } = outcome.intervention.change(view.recipe).input;
    return {
      says: `Scale the input to ${told(scale)}, in training and wherever the model is used: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change: { input: { scale } },
    };
  },
};

/** Mean and standard deviation of the training pixels, 0..255; those of evenly spread values where nothing was measured. */
function pixelsOf(view: View): { mean: number; std: number } {
  const { measures } = view.samples;
  if (!measures) return { mean: 127.5, std: 255 / Math.sqrt(12) };
  const brightness = Array.from(view.train, (row) => measures.brightness[row]);
  const average = mean(brightness);
  const within = mean(Array.from(view.train, (row) => measures.contrast[row] ** 2));
  const between = mean(brightness.map((value) => (value - average) ** 2));
  return { mean: 255 * average, std: 255 * Math.sqrt(within + between) };
}

function inputOf(view: View, recipe: Recipe): { rms: number; says: string } {
  const { mean: average, std } = pixelsOf(view);
  const { gain, offset } = gains(recipe.input.scale, recipe.input.channels);
  const seen = mean(gain) * average + mean(offset);
  const spread = mean(gain) * std;
  return {
    rms: Math.hypot(seen, spread),
    says: `The first layer sees values of ${seen.toPrecision(3)} on average, spread by ${spread.toPrecision(3)}.`,
  };
}

/** Whether a layer brings the input to a usable size before any weights meet it. */
function normalisesFirst(recipe: Recipe): boolean {
  const names = recipe.architecture.map(layerName);
  const first = names.find((name) => !/^(flatten|dropout|spatialDropout2d|zeroPadding2d|.*[pP]ooling2d)$/.test(name));
  return first === "batchNormalization" || first === "layerNormalization";
}

function scalesFor(view: View): Scale[] {
  const { mean: average, std } = pixelsOf(view);
  const round = (value: number) => Number(value.toPrecision(3));
  return ["0..1", { mean: [round(average)], std: [Math.max(1.5, round(std))] }];
}

const told = (scale: Scale): string =>
  typeof scale === "string"
    ? scale
    : `mean ${scale.mean.join(", ")} and deviation ${scale.std.join(", ")} made 0 and 1`;
