import { fitOf, isDead, learnt } from "./fit.ts";
import { hiddenLayers } from "./layers.ts";
import { withDepth, withFit, withWidth } from "./recipes.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";

/**
 * Too simple an architecture: training has come to rest and its own training images are still not learnt. Tested by wider
 * and deeper networks; control: the given network for twice as long, which mends what is only a lack of training.
 */
export const underfit: Cause = {
  id: "underfit",
  family: "capacity",
  tier: "capacity",
  separatedBy:
    "twice the epochs at the given size: what they mend is training length, what only a larger network mends is capacity",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe to make larger.");
    const fit = fitOf(view);
    const gap = fit.training - Math.min(fit.outOfFold, fit.test);
    const falling = Number.isFinite(fit.lossSlope) ? fit.lossSlope : 0;
    const evidence = [
      {
        measure: "training accuracy",
        value: fit.training,
        reference: 0.95,
        says: `The model gets ${percent(fit.training)} of its own training images right.`,
      },
      {
        measure: "fall of the training loss per epoch at the end",
        value: falling,
        reference: 0.05,
        says: `At the end of training the loss falls by ${percent(falling)} an epoch.`,
      },
      {
        measure: "accuracy lost on unseen images",
        value: gap,
        reference: 0.06,
        says: `Training images: ${percent(fit.training)} right; unseen ones: ${percent(Math.min(fit.outOfFold, fit.test))}.`,
      },
    ];
    if (isDead(fit)) return cleared("Training got nowhere; whether the network is too small cannot be seen.", evidence);
    if (learnt(fit) >= 0.95) return cleared("The network learns its training images.", evidence);
    if (fit.test > fit.training + 0.03)
      return cleared(
        "Test images come out better than training images: their labels are in doubt, not the size.",
        evidence,
      );
    if (gap > 0.06) return cleared("Unseen images lose more than training images: it is not too simple.", evidence);
    if (falling > 0.05) return cleared("The training loss is still on its way down.", evidence);
    return {
      standing: "suspected",
      strength: Math.min(0.9, 0.5 + (1 - fit.training)),
      says: `Training has come to rest with ${percent(1 - fit.training)} of the training images wrong, and unseen ones are hardly worse.`,
      evidence,
      rows: view.test,
    };
  },

  interventions(_view, _suspicion, { recipe }) {
    const wider = [2, 4].map((factor) => ({
      id: `${factor} times the width`,
      says: `training with ${factor} times the filters and units in every hidden layer`,
      change: (before: typeof recipe) => withWidth(before, factor),
    }));
    const deeper = {
      id: "deeper",
      says: "training with each hidden layer doubled",
      change: withDepth,
    };
    return hiddenLayers(recipe).length > 0 ? [...wider, deeper] : [deeper];
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
