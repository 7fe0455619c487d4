import { fitOf, isDead } from "./fit.ts";
import { dropoutOf, regularizersOf, withDropout, withWeightDecay } from "./recipes.ts";
import { percent, rate } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";

/** Nothing, or too little, holds back memorising. Tested by dropout and by weight decay. */
export const regularization: Cause = {
  id: "regularization",
  family: "capacity",
  tier: "capacity",
  separatedBy:
    "the learning curve: where half of the images are as good, more images are not the answer; narrower layers that gain as much point at capacity",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe to regularize.");
    const fit = fitOf(view);
    const gap = fit.training - Math.min(fit.outOfFold, fit.test);
    const present = regularizersOf(view.recipe);
    const evidence = [
      {
        measure: "accuracy lost on unseen images",
        value: gap,
        reference: 0.01,
        says: `The model gets ${percent(fit.training)} of its training images right, but ${percent(Math.min(fit.outOfFold, fit.test))} of unseen ones.`,
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
    if (isDead(fit) || gap < 0.01)
      return cleared("Unseen images are recognised nearly as well as the training images.", evidence);
    if (dropoutOf(view.recipe) >= 0.2 || present.some((each) => !each.startsWith("dropout")))
      return cleared(`The recipe is regularized (${present.join(", ")}).`, evidence);
    return {
      standing: "suspected",
      strength: Math.min(0.9, 0.5 + gap),
      says: `Nothing in the recipe holds back memorising, and accuracy falls by ${percent(gap)} on unseen images.`,
      evidence,
      rows: view.test,
    };
  },

  interventions(_view, _suspicion) {
    const l2 = 1e-3;
    return [
      {
        id: "dropout 0.5",
        says: "training with dropout 0.5 before each dense layer",
        change: (recipe) => withDropout(recipe, 0.5),
      },
      {
        id: "dropout 0.25",
        says: "training with dropout 0.25 before each dense layer",
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
      return { says: "Try dropout of 0.25 to 0.5 before the dense layers, or an L2 penalty of 0.001." };
    return {
      says: `Keep ${outcome.intervention.id}: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change: { architecture: outcome.intervention.change(view.recipe).architecture },
    };
  },
};
