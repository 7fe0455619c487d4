import { gains } from "../model/preprocess.ts";
import type { Recipe, Scale } from "../model/types.ts";
import { wilson } from "../stats/intervals.ts";
import { mannWhitney } from "../stats/rank.ts";
import { type Effect, isWorth, slipOf, under } from "./answers.ts";
import { fitOf, isDead, mean } from "./fit.ts";
import { layerName } from "./recipes.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, type Evidence, notApplicable, type Suspicion } from "./types.ts";
import type { View } from "./view.ts";

/** Root mean square of what the first layer sees: initial weights are made for values near one (Glorot and Bengio 2010). */
const USABLE = { least: 0.02, most: 4 };

/**
 * Images reach the network in another form than it can use, or test images in another form than training's. A scale far from one is
 * tested by training on usable scales; another form by the same model on changed test images. Swapped channels show in the colours
 * alone: a model that hardly looks at colour is right all the same, until it is trained on images that need them.
 */
export const preprocessingMismatch: Cause = {
  id: "preprocessing-mismatch",
  family: "data-quality",
  tier: "training",
  masks: "Answers to changed copies are compared for whole images only.",
  separatedBy:
    "another learning rate at the given scale: what it mends as well is the size of the steps, what only another scale mends is the preprocessing",

  screen(view) {
    const slip = slipOf(view);
    if (slip) return atInference(view, slip);
    const swapped = swappedColours(view);
    if (swapped) return swapped;
    if (!view.recipe)
      return view.perturbed
        ? cleared("No other scale, order or orientation of the test images is recognised better.")
        : notApplicable("There is no model whose input could be changed.");
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
    if (slipOf(view) || swappedColours(view) || !view.recipe) return [];
    return scalesFor(view).map((scale) => ({
      id: `input ${told(scale)}`,
      says: `training with the input scaled to ${told(scale)}`,
      change: (before) => ({ ...before, input: { ...before.input, scale } }),
    }));
  },

  /** The model stays as it is and only the test images are changed: that is an experiment, and it needs no training. */
  decide(view, suspicion, { quote }) {
    if (!suspicion.blocks) return swappedColours(view) && { verdict: "present", says: suspicion.says };
    if (!view.perturbed) return undefined;
    const quoted = new Set(quote);
    const rest = new Set(view.perturbed.rows.filter((row) => !quoted.has(row)));
    // The form is chosen on other images than it is proved on: choosing needs no significance.
    const slip = slipOf(view, rest, 1);
    if (!slip) return undefined;
    const { variants } = view.perturbed;
    const before = under(view, view.perturbed, 0, quoted);
    const after = under(view, view.perturbed, slip.variant, quoted);
    const images = view.perturbed.rows.filter((row) => quoted.has(row)).length;
    const errors = Math.round((1 - before.accuracy) * images);
    if (!(errors > 0 && isWorth(after.net, 1 - before.accuracy) && after.pValue < 1e-4)) return undefined;
    return {
      verdict: "confirmed",
      says: `${suspicion.says} On ${images} test images that it was not chosen on, the same model errs on ${percent(1 - before.accuracy)} as given and on ${percent(1 - after.accuracy)} ${variants[slip.variant].id}.`,
      share: wilson(Math.max(0, Math.round(after.net * images)), errors),
    };
  },

  remedy(view, suspicion, outcome) {
    if (suspicion.standing !== "suspected") return { says: "Nothing to do." };
    const slip = slipOf(view);
    if (slip && view.perturbed)
      return { says: slipRemedy(view.perturbed.variants[slip.variant].id, slip.effect.accuracy) };
    if (swappedColours(view))
      return {
        says: "Read training and test images by the same code, red first or blue first in both (OpenCV reads blue first, most other libraries red).",
      };
    if (!outcome?.intervention.change || !view.recipe)
      return { says: "Scale the input to 0..1, in training and wherever the model is used." };
    const { scale } = outcome.intervention.change(view.recipe).input;
    return {
      says: `Scale the input to ${told(scale)}, in training and wherever the model is used: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change: { input: { scale } },
    };
  },
};

const SWAP = "red and blue swapped";
/**
 * How far the warmth of test images must lie from training's, and how near warmth and greenness must lie once red and blue are
 * swapped: as the part of pairs in which the training image has more, from one half; and the chance of the first were they alike.
 */
const COLOURS = { apart: 0.1, alike: 0.05, level: 1e-6 };
/** Net part of the answers that swapping may break: more, and it is another light that has these colours. */
const WORSE = 0.02;

/** That test images have training's colours with red and blue swapped, as they are they have not, and no model does worse so. */
function swappedColours(view: View): Suspicion | undefined {
  const { warmth, greenness } = view.samples.measures ?? {};
  if (!warmth || !greenness || view.shape.channels !== 3) return undefined;
  const pick = (values: Float32Array, rows: Int32Array, sign = 1) =>
    Float32Array.from(rows, (row) => sign * values[row]);
  const trained = pick(warmth, view.train);
  const warmer = mannWhitney(trained, pick(warmth, view.test));
  const isApart =
    Math.abs(warmer.share - 0.5) >= COLOURS.apart && Math.min(warmer.pValue, 1 - warmer.pValue) < COLOURS.level;
  if (!isApart) return undefined;
  const swapped = mannWhitney(trained, pick(warmth, view.test, -1));
  const greener = mannWhitney(pick(greenness, view.train), pick(greenness, view.test));
  if ([swapped, greener].some(({ share }) => Math.abs(share - 0.5) > COLOURS.alike)) return undefined;
  const { perturbed } = view;
  const variant = perturbed?.variants.findIndex(({ id }) => id === SWAP) ?? -1;
  if (perturbed && variant >= 0 && under(view, perturbed, variant).net < -WORSE) return undefined;
  return {
    standing: "suspected",
    strength: 0.9,
    says: `The test images have red and blue swapped: a training image is warmer than a test image in ${percent(warmer.share, 0)} of all pairs, and in ${percent(swapped.share, 0)} once the test images are swapped back.`,
    evidence: [
      {
        measure: "pairs in which the training image is warmer than the test image",
        value: warmer.share,
        reference: 0.5,
        says: `Of all pairs the training image has more red and less blue in ${percent(warmer.share, 0)}, in ${percent(swapped.share, 0)} with red and blue of the test images swapped; it has more green in ${percent(greener.share, 0)}.`,
      },
    ],
    rows: view.test,
    proven: true,
  };
}

function atInference(view: View, { variant, effect }: { variant: number; effect: Effect }): Suspicion {
  const { variants, rows } = view.perturbed!;
  const given = under(view, view.perturbed!, 0);
  const { id } = variants[variant];
  return {
    standing: "suspected",
    strength: 1,
    says: `Test images reach the model in another form than it was trained on: ${id}, ${percent(effect.accuracy)} of them are recognised, as they are ${percent(given.accuracy)}.`,
    evidence: [
      {
        measure: `accuracy with the test images ${id}`,
        value: effect.accuracy,
        reference: given.accuracy,
        says: `Of ${rows.length} test images ${effect.mended.length} wrong answers come right and ${effect.broken.length} right ones go wrong when they are ${id}.`,
      },
    ],
    rows: Int32Array.from(effect.mended, (i) => rows[i]),
    blocks: `The test images are in another form than training's (${id} they are recognised better); put that right and audit again.`,
  };
}

const slipRemedy = (id: string, accuracy: number): string =>
  `Prepare test and training images by the same code: ${id}, the model recognises ${percent(accuracy)} of them. Look for what makes the difference where images are read, scaled and their channels ordered.`;

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
