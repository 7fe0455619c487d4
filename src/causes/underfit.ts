import type { Recipe } from "../model/types.ts";
import { fitOf, isDead, learnt, memorised, right, wrong } from "./fit.ts";
import { hiddenLayers } from "./layers.ts";
import { layerConfig, withDepth, withFit, withWidth } from "./recipes.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";
import { ofMasks } from "./view.ts";

/** Fall of the training loss per epoch below which training has come to rest. */
const RESTS = 0.05;
/** Part of the errors on unseen images that training images do not have: above it, memorising is the larger trouble. */
const MEMORISED = 0.5;
/** Filters or units below which a layer is widened by four, else by two: cost grows with the square. */
const NARROW = 8;

/**
 * Too simple an architecture: its own training images are not learnt, and most of what it gets wrong on unseen images it gets
 * wrong on those as well. Where the loss has come to rest that is nearly certain; where it still falls, training may only be
 * too short, and the experiment decides. Tested by wider and deeper networks; control: the given network for twice as long.
 */
export const underfit: Cause = {
  id: "underfit",
  family: "capacity",
  tier: "capacity",
  masks: true,
  separatedBy:
    "twice the epochs at the given size: what they mend is training length, what only a larger network mends is capacity",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe to make larger.");
    const fit = fitOf(view);
    const { unseen, gap, part } = memorised(fit);
    const falling = Number.isFinite(fit.lossSlope) ? fit.lossSlope : 0;
    const evidence = [
      {
        measure: "training accuracy",
        value: fit.training,
        reference: 0.95,
        says: `The model gets ${right(view, fit.training, "its own training images")}.`,
      },
      {
        measure: "fall of the training loss per epoch at the end",
        value: falling,
        reference: RESTS,
        says: `At the end of training the loss falls by ${percent(falling)} an epoch.`,
      },
      {
        measure: "part of the unseen images' errors that training images do not have",
        value: part,
        reference: MEMORISED,
        says: ofMasks(view)
          ? `Training images: mean IoU ${fit.training.toFixed(2)}; unseen ones: ${unseen.toFixed(2)}.`
          : `Training images: ${percent(fit.training)} right; unseen ones: ${percent(unseen)}.`,
      },
    ];
    if (isDead(fit)) return cleared("Training got nowhere; whether the network is too small cannot be seen.", evidence);
    if (learnt(fit) >= 0.95) return cleared("The network learns its training images.", evidence);
    if (fit.test > fit.training + 0.03)
      return cleared(
        "Test images come out better than training images: their labels are in doubt, not the size.",
        evidence,
      );
    if (part > MEMORISED && gap > 0.06)
      return cleared("Most errors on unseen images are not made on training images: it is not too simple.", evidence);
    const rests = falling <= RESTS;
    return {
      standing: "suspected",
      strength: rests ? Math.min(0.9, 0.5 + (1 - fit.training)) : Math.min(0.6, 0.3 + (1 - fit.training)),
      says: rests
        ? `Training has come to rest with ${ofMasks(view) ? `a mean IoU of ${fit.training.toFixed(2)} on training images` : `${percent(1 - fit.training)} of the training images wrong`}, and unseen ones are hardly worse.`
        : `${wrong(view, fit.training, "the training images")} at the end, and unseen ones are hardly worse; the loss still falls, so it may be the length of training as well.`,
      evidence,
      rows: view.test,
    };
  },

  interventions(_view, _suspicion, { recipe }) {
    const factor = narrowest(recipe) < NARROW ? 4 : 2;
    const wider = {
      id: `${factor} times the width`,
      says: `training with ${factor} times the filters and units in every hidden layer`,
      change: (before: typeof recipe) => withWidth(before, factor),
    };
    const deeper = {
      id: "deeper",
      says: "training with each hidden layer doubled",
      change: withDepth,
    };
    return hiddenLayers(recipe).length > 0 ? [wider, deeper] : [deeper];
  },

  control(_view, _suspicion, _chosen, { recipe }) {
    const epochs = 2 * recipe.fit.epochs;
    return {
      id: "twice the epochs",
      says: `the given network for ${epochs} epochs`,
      change: (before) => withFit(before, { epochs }),
    };
  },

  remedy(view, suspicion, outcome) {
    if (!outcome?.intervention.change || !view.recipe)
      return {
        says:
          suspicion.standing === "suspected"
            ? "Double the filters and units of the hidden layers, or add a layer."
            : "Nothing to do.",
      };
    return {
      says: `Use a larger network (${outcome.intervention.id}): test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change: { architecture: outcome.intervention.change(view.recipe).architecture },
    };
  },
};

/** Filters or units of the narrowest hidden layer. */
function narrowest(recipe: Recipe): number {
  const widths = hiddenLayers(recipe).map((i) => {
    const { filters, units } = layerConfig(recipe.architecture[i]);
    return Number(filters ?? units);
  });
  return Math.min(...widths.filter(Number.isFinite));
}
