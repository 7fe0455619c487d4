import { fitOf, isDead } from "./fit.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, type Intervention, notApplicable } from "./types.ts";
import { ofMasks } from "./view.ts";

/** Too few examples. Tested by training on a half and a quarter of the images with as many steps; twice and four times are extrapolated. */
export const insufficientData: Cause = {
  id: "insufficient-data",
  family: "data-quantity",
  tier: "capacity",
  masks: true,
  separatedBy: "dropout or weight decay at the full size: what they mend needs no more images",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe to train on fewer images.");
    const fit = fitOf(view);
    if (isDead(fit)) return cleared("The model does not learn the images that it has; more would not help.");
    const gap = fit.training - Math.min(fit.outOfFold, fit.test);
    const evidence = [
      {
        measure: "training images",
        value: view.train.length,
        reference: view.classes.length,
        says: `There are ${many(view.train.length, "training image")} in ${many(view.classes.length, "class", "classes")}.`,
      },
      {
        measure: "accuracy lost on unseen images",
        value: gap,
        reference: 0,
        says: ofMasks(view)
          ? `The mean IoU is ${fit.training.toFixed(2)} on training images, ${fit.outOfFold.toFixed(2)} on those held out by cross-validation and ${fit.test.toFixed(2)} on test images.`
          : `The model gets ${percent(fit.training)} of its training images right, ${percent(fit.outOfFold)} of those held out by cross-validation and ${percent(fit.test)} of the test images.`,
      },
    ];
    if (gap < 0.005) return cleared("Unseen images are recognised as well as the training images.", evidence);
    return {
      standing: "suspected",
      // Where nearly all of the errors are of unseen images, more of them help a priori: one unlucky seed must not end it.
      strength: Math.max(Math.min(0.6, gap * 2), (0.5 * gap) / (1 - Math.min(fit.outOfFold, fit.test))),
      says: `${ofMasks(view) ? "IoU" : "Accuracy"} falls by ${percent(gap)} from training images to unseen ones.`,
      evidence,
      rows: view.test,
    };
  },

  interventions() {
    return [2, 4].map(withoutAllBut);
  },

  remedy(_view, _suspicion, outcome) {
    return {
      says: outcome
        ? `Collect more images of the same kind: going from half of them to all lowered the test error from ${percent(outcome.baseline.value)} to ${percent(outcome.changed.value)}.`
        : "Collect more images of the same kind.",
    };
  },
};

/** Training on 1 of `divisor` images of each class; what it loses is what those images were worth. */
const withoutAllBut = (divisor: number): Intervention => ({
  id: `1/${divisor} of the images`,
  says: `training on 1/${divisor} of the images for as many steps`,
  part: 1 / divisor,
  takesAway: true,
});
