import { fitOf, isDead, mean } from "./fit.ts";
import { withFit, withWidth } from "./recipes.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";
import { ofMasks, type View } from "./view.ts";

/** More capacity or more training than the images can fill: it memorises. Tested by narrower layers and by stopping early. */
export const overfit: Cause = {
  id: "overfit",
  family: "capacity",
  tier: "capacity",
  masks: true,
  separatedBy:
    "dropout at the full width: where it gains as much as narrower layers, regularization is the smaller change",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe to make smaller.");
    const fit = fitOf(view);
    const gap = fit.training - Math.min(fit.outOfFold, fit.test);
    const rise = validationRise(view);
    const evidence = [
      {
        measure: "accuracy lost on unseen images",
        value: gap,
        reference: 0.03,
        says: ofMasks(view)
          ? `Training images: mean IoU ${fit.training.toFixed(2)}; unseen ones: ${Math.min(fit.outOfFold, fit.test).toFixed(2)}.`
          : `Training images: ${percent(fit.training)} right; unseen ones: ${percent(Math.min(fit.outOfFold, fit.test))}.`,
      },
      ...(Number.isFinite(rise)
        ? [
            {
              measure: "rise of the validation loss above its lowest point",
              value: rise,
              reference: 0.15,
              says:
                rise > 0.15
                  ? `The validation loss ends ${percent(rise, 0)} above its lowest point.`
                  : "The validation loss ends near its lowest point.",
            },
          ]
        : []),
    ];
    if (isDead(fit) || (fit.objects?.training ?? fit.training) < 0.97 || gap < 0.03)
      return cleared("The model does not memorise its training images at the cost of unseen ones.", evidence);
    if (Number.isFinite(rise) && rise <= 0.15)
      return cleared("The validation loss does not rise while training goes on.", evidence);
    return {
      standing: "suspected",
      strength: Math.min(0.8, 0.4 + gap),
      says: `The training images are memorised (${percent(fit.training)}) while unseen ones lose ${percent(gap)}.`,
      evidence,
      rows: view.test,
    };
  },

  interventions(view, _suspicion, { recipe }) {
    const half = Math.max(1, Math.round(recipe.fit.epochs / 2));
    const narrower = {
      id: "half the width",
      says: "training with half the filters and units in every layer",
      change: (before: typeof recipe) => withWidth(before, 0.5),
    };
    if (half >= recipe.fit.epochs) return [narrower];
    const stopped =
      view.validation.length > 0
        ? {
            id: "early stopping",
            says: "stopping when the validation loss rises",
            change: (before: typeof recipe) => withFit(before, { earlyStopping: { patience: 2 } }),
          }
        : {
            id: `${half} epochs`,
            says: `stopping after ${half} epochs`,
            change: (before: typeof recipe) => withFit(before, { epochs: half }),
          };
    return [narrower, stopped];
  },

  remedy(view, _suspicion, outcome) {
    if (!outcome?.intervention.change || !view.recipe)
      return { says: "Stop when the validation loss rises, or halve the widths." };
    const changed = outcome.intervention.change(view.recipe);
    return {
      says: `Keep ${outcome.intervention.id}: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change:
        outcome.intervention.id === "half the width" ? { architecture: changed.architecture } : { fit: changed.fit },
    };
  },
};

/** How far the validation loss ends above its lowest point, relative; NaN where nothing was watched. */
function validationRise(view: View): number {
  const rises = view.traces.flatMap(({ curve }) => {
    const losses = curve.flatMap(({ validationLoss }) => (validationLoss === undefined ? [] : [validationLoss]));
    return losses.length > 1 ? [losses[losses.length - 1] / Math.min(...losses) - 1] : [];
  });
  return rises.length > 0 ? mean(rises) : Number.NaN;
}
