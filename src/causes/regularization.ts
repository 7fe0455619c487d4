import type { Recipe } from "../model/types.ts";
import { fitOf, isDead, learnt, memorised, wrong } from "./fit.ts";
import {
  dropoutOf,
  placeOfDropout,
  regularizersOf,
  weightDecayOf,
  withDropout,
  withDropoutAtMost,
  withWeightDecay,
  withWeightDecayTimes,
} from "./recipes.ts";
import { percent, rate } from "./say.ts";
import { type Cause, cleared, type Intervention, notApplicable } from "./types.ts";
import { ofMasks } from "./view.ts";

/** Beyond what is advised anywhere: dropout of 0.2 to 0.5 (Srivastava et al. 2014), Keras' own standard L2 penalty of 0.01. */
const HEAVY = { dropout: 0.6, weightDecay: 0.01 };
/** Part of the errors on unseen images that training images do not have, below which memorising is no trouble worth holding back. */
const MEMORISED = 1 / 3;

/**
 * Nothing, or too little, holds back memorising: tested by dropout and by weight decay. Or so much does that the training
 * images are not learnt: tested by less of it.
 */
export const regularization: Cause = {
  id: "regularization",
  family: "capacity",
  tier: "capacity",
  masks: true,
  settles: true,
  separatedBy:
    "the learning curve: where half of the images are as good, more images are not the answer; narrower layers that gain as much point at capacity",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe to regularize.");
    const fit = fitOf(view);
    const { unseen, gap, part } = memorised(fit);
    const present = regularizersOf(view.recipe);
    const evidence = [
      {
        measure: "accuracy lost on unseen images",
        value: gap,
        reference: 0.01,
        says: ofMasks(view)
          ? `The mean IoU is ${fit.training.toFixed(2)} on training images, and ${unseen.toFixed(2)} on unseen ones.`
          : `The model gets ${percent(fit.training)} of its training images right, and ${percent(unseen)} of unseen ones.`,
      },
      {
        measure: "strongest dropout in the recipe",
        value: dropoutOf(view.recipe),
        reference: 0.2,
        says:
          present.length > 0
            ? `The recipe has ${present.join(", ")}.`
            : "The recipe has no dropout, weight decay, augmentation, label smoothing or early stopping.",
      },
    ];
    if (isHeavy(view.recipe) && (isDead(fit) || (learnt(fit) < 0.95 && part <= 0.5)))
      return {
        standing: "suspected",
        strength: isDead(fit) ? 0.85 : Math.min(0.9, 0.6 + (1 - fit.training)),
        says: `The recipe holds back memorising by ${present.join(", ")}, and ${wrong(view, fit.training, "the training images")} themselves.`,
        evidence,
        rows: view.test,
      };
    if (isDead(fit) || gap < 0.01)
      return cleared("Unseen images are recognised nearly as well as the training images.", evidence);
    if (part < MEMORISED)
      return cleared(
        "Most errors on unseen images are made on training images as well: nothing is memorised.",
        evidence,
      );
    if (dropoutOf(view.recipe) >= 0.2 || present.some((each) => !each.startsWith("dropout")))
      return cleared(`The recipe is regularized (${present.join(", ")}).`, evidence);
    return {
      standing: "suspected",
      strength: Math.min(0.9, 0.5 + gap),
      says: `Nothing in the recipe holds back memorising, and ${ofMasks(view) ? "IoU" : "accuracy"} falls by ${percent(gap)} on unseen images.`,
      evidence,
      rows: view.test,
    };
  },

  interventions(_view, _suspicion, { recipe }) {
    if (isHeavy(recipe)) return lighter(recipe);
    const l2 = 1e-3;
    return [
      {
        id: "dropout 0.5",
        says: `training with dropout 0.5 ${placeOfDropout(recipe)}`,
        change: (recipe) => withDropout(recipe, 0.5),
      },
      {
        id: "dropout 0.25",
        says: `training with dropout 0.25 ${placeOfDropout(recipe)}`,
        change: (recipe) => withDropout(recipe, 0.25),
      },
      {
        id: `weight decay ${rate(l2)}`,
        says: `training with an L2 penalty of ${rate(l2)} on the weights`,
        change: (recipe) => withWeightDecay(recipe, l2),
      },
    ];
  },

  remedy(view, _suspicion, outcome) {
    if (!outcome?.intervention.change || !view.recipe)
      return {
        says:
          view.recipe && isHeavy(view.recipe)
            ? "Try dropout of at most 0.5 and an L2 penalty of at most 0.001."
            : "Try dropout of 0.25 to 0.5 before the dense layers, or an L2 penalty of 0.001.",
      };
    return {
      says: `Keep ${outcome.intervention.id}: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change: { architecture: outcome.intervention.change(view.recipe).architecture },
    };
  },
};

const isHeavy = (recipe: Recipe): boolean =>
  dropoutOf(recipe) > HEAVY.dropout || weightDecayOf(recipe) >= HEAVY.weightDecay;

/** Less of whatever is too much. */
function lighter(recipe: Recipe): Intervention[] {
  const variants: Intervention[] = [];
  if (dropoutOf(recipe) > HEAVY.dropout)
    for (const most of [0.5, 0.25])
      variants.push({
        id: `dropout of at most ${most}`,
        says: `training with dropout of at most ${most} in place of ${dropoutOf(recipe)}`,
        change: (before) => withDropoutAtMost(before, most),
      });
  if (weightDecayOf(recipe) >= HEAVY.weightDecay)
    variants.push(
      {
        id: "a hundredth of the weight decay",
        says: `training with an L2 penalty of ${rate(weightDecayOf(recipe) / 100)} in place of ${rate(weightDecayOf(recipe))}`,
        change: (before) => withWeightDecayTimes(before, 1 / 100),
      },
      {
        id: "no weight decay",
        says: "training without a penalty on the weights",
        change: (before) => withWeightDecayTimes(before, 0),
      },
    );
  return variants;
}
