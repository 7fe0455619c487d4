import { fitOf, isDead, isUndertrained, learnt, right } from "./fit.ts";
import { withFit } from "./recipes.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";

/** Epochs tried in place of those given: a handful is hardly a beginning. */
const longer = (epochs: number): number => epochs * (epochs <= 4 ? 4 : 2);

/** It learns, and is stopped before it has finished. Tested by training longer, all else equal. */
export const trainingLength: Cause = {
  id: "training-length",
  family: "optimisation",
  tier: "training",
  masks: true,
  separatedBy:
    "another learning rate over the same number of steps: what it mends is the rate, what only more epochs mend is the length",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe to train for longer.");
    const fit = fitOf(view);
    const { epochs } = view.recipe.fit;
    const evidence = [
      {
        measure: "fall of the training loss per epoch at the end",
        value: fit.lossSlope,
        reference: 0.1,
        says: `When training stops after ${many(epochs, "epoch")}, its loss is still falling by ${percent(fit.lossSlope)} an epoch.`,
      },
      {
        measure: "training accuracy",
        value: fit.training,
        reference: 0.97,
        says: `The model gets ${right(view, fit.training, "its own training images")}.`,
      },
    ];
    const falling = Number.isFinite(fit.lossSlope) ? fit.lossSlope : epochs === 1 ? 1 : 0;
    // What the loss would fall by in the epochs that the experiment adds.
    const left = falling * (longer(epochs) - epochs);
    const unfinished = learnt(fit) < 0.97 && fit.training < fit.outOfFold + 0.1 && falling > 0.05 && left > 0.3;
    if (isDead(fit) || unfinished || isUndertrained(fit, epochs))
      return {
        standing: "suspected",
        strength: isDead(fit) ? 0.5 : Math.min(0.95, 0.5 + falling),
        says: `Training stops after ${many(epochs, "epoch")} while it is still getting better.`,
        evidence,
        rows: view.test,
      };
    return cleared("Training has settled by the last epoch.", evidence);
  },

  interventions(_view, _suspicion, { recipe }) {
    const epochs = longer(recipe.fit.epochs);
    return [
      {
        id: `${epochs} epochs`,
        says: `training for ${epochs} epochs in place of ${recipe.fit.epochs}`,
        change: (before) => withFit(before, { epochs }),
      },
    ];
  },

  remedy(view, _suspicion, outcome) {
    if (!outcome?.intervention.change || !view.recipe)
      return { says: "Train until the validation loss has stopped falling for a few epochs." };
    const { epochs } = outcome.intervention.change(view.recipe).fit;
    return {
      says: `Train for ${epochs} epochs: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change: { fit: { epochs } },
    };
  },
};
