import { lostOnTest } from "./answers.ts";
import { fitOf, isDead } from "./fit.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, type Intervention, notApplicable } from "./types.ts";
import { ofMasks, type View } from "./view.ts";

/** Held-out images for each training image from which on training images are too few to be halved, and half of those held out make five times as many. */
const HELD_OUT = 8;
/** Chance, were both of one kind, from which on test images count as more of the same. */
const ALIKE = 0.05;

/**
 * Too few examples. Tested by training on a half and a quarter of the images with as many steps; twice and four times are extrapolated.
 * Where far more images are held out than trained on, and are of the same kind, they are the better proof: half of them are trained on.
 */
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

  interventions(view, _suspicion, { movable }) {
    if (!isHeldOut(view)) return [2, 4].map(withoutAllBut);
    if (movable.length === 0) return [];
    const times = (1 + movable.length / view.train.length).toFixed(1);
    return [
      {
        id: "with held-out images",
        says: `training with ${many(movable.length, "held-out image")} as well (${times} times as many)`,
        move: movable,
      },
    ];
  },

  remedy(view, _suspicion, outcome) {
    const moved = outcome?.intervention.move?.length;
    if (outcome && moved)
      return {
        says: `Collect more images of the same kind, or put half of the ${many(view.test.length, "test image")} into training: with ${moved} of them in it the error on the others went from ${percent(outcome.baseline.value)} to ${percent(outcome.changed.value)}.`,
        files: Array.from(view.test.slice(0, 1000), (row) => view.samples.files[row]),
      };
    return {
      says: outcome
        ? `Collect more images of the same kind: going from half of them to all lowered the test error from ${percent(outcome.baseline.value)} to ${percent(outcome.changed.value)}.`
        : "Collect more images of the same kind.",
    };
  },
};

/** Whether so many more images of the same kind are held out than trained on that training on a part of them says what more are worth. */
const isHeldOut = (view: View): boolean =>
  view.test.length >= HELD_OUT * view.train.length && lostOnTest(view, fitOf(view)).pValue >= ALIKE;

/** Training on 1 of `divisor` images of each class; what it loses is what those images were worth. */
const withoutAllBut = (divisor: number): Intervention => ({
  id: `1/${divisor} of the images`,
  says: `training on 1/${divisor} of the images for as many steps`,
  part: 1 / divisor,
  takesAway: true,
});
