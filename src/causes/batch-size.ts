import type { Recipe } from "../model/types.ts";
import { fitOf, isDead, learnt, right } from "./fit.ts";
import { layerName, withFit } from "./recipes.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, type Intervention, notApplicable, suspecting } from "./types.ts";

/** Steps an epoch below which the whole dataset is but a few large batches. */
const FEW_STEPS = 8;
/** Steps in all below which hardly any network is done, however well it knows its training images. */
const SHORT = 150;
/** Images in a batch below which batch normalisation estimates from too few. */
const TINY = 4;

/**
 * Batches so large that training takes few steps, or so small that each step is noise: the last, incomplete one among
 * them. Tested by other batch sizes over the same number of images; the number of steps changes with it.
 */
export const batchSize: Cause = {
  id: "batch-size",
  family: "optimisation",
  tier: "training",
  masks: true,
  separatedBy:
    "the given batch size over as many steps (more epochs), or at a higher learning rate: what these mend as well is the number or the size of the steps, not the batch",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe to train with other batches.");
    const fit = fitOf(view);
    const { batchSize: batch, epochs } = view.recipe.fit;
    const images = view.train.length;
    const steps = Math.ceil(images / batch);
    const evidence = [
      {
        measure: "optimizer steps an epoch",
        value: steps,
        reference: FEW_STEPS,
        says: `Batches of ${batch} make ${many(steps, "step")} an epoch of ${many(images, "training image")}, ${many(steps * epochs, "step")} in all.`,
      },
      {
        measure: "training accuracy",
        value: fit.training,
        reference: 0.97,
        says: `The model gets ${right(view, fit.training, "its own training images")}, and at the end its loss falls by ${percent(fit.lossSlope)} an epoch.`,
      },
      {
        measure: "epochs in which the training loss rises",
        value: fit.rising,
        reference: 0.25,
        says: `In the second half of training the loss rises in ${percent(fit.rising, 0)} of the epochs.`,
      },
    ];
    const suspected = suspecting(evidence, view.test);
    const unsettled = isDead(fit) || learnt(fit) < 0.97;
    switch (troubleOf(view.recipe, images)) {
      case "large":
        if (unsettled)
          return suspected(
            0.96,
            `Batches of ${batch} leave ${many(steps * epochs, "step")} to learn in, and the training images are not learnt (${percent(fit.training)}).`,
          );
        if (steps * epochs >= SHORT) break;
        return suspected(0.5, `Batches of ${batch} leave ${many(steps * epochs, "step")} to learn in.`);
      case "tiny":
        if (!normalised(view.recipe) && !(unsettled && fit.rising >= 0.25)) break;
        return suspected(
          normalised(view.recipe) ? 0.8 : 0.6,
          normalised(view.recipe)
            ? `Batch normalisation takes its mean and variance from ${many(batch, "image")}.`
            : `With ${many(batch, "image")} a step the gradient is noisy: the loss goes up and down and the training images are not learnt.`,
        );
      case "remainder":
        return suspected(
          0.4,
          `The last batch of each epoch has ${many(images % batch, "image")} in place of ${batch}, and batch normalisation takes its mean and variance from it.`,
        );
    }
    return cleared(`Batches of ${batch} give enough steps, and steady ones.`, evidence);
  },

  interventions(view, _suspicion, { recipe }) {
    const { batchSize: batch } = recipe.fit;
    const trouble = troubleOf(recipe, view.train.length);
    if (trouble === "remainder")
      return [
        {
          id: "without the last batch",
          says: "training without the last, smaller batch of each epoch",
          change: (before) => withFit(before, { dropRemainder: true }),
        },
      ];
    const factors = trouble === "tiny" ? [4, 16] : [1 / 4, 1 / 16];
    const sizes = factors.map((factor) => Math.max(8, Math.min(view.train.length, Math.round(batch * factor))));
    return [...new Set(sizes)]
      .filter((size) => size !== batch)
      .map(
        (size): Intervention => ({
          id: `batches of ${size}`,
          says: `training with batches of ${size} in place of ${batch} over as many epochs`,
          change: (before) => withFit(before, { batchSize: size }),
        }),
      );
  },

  remedy(view, suspicion, outcome) {
    if (!outcome?.intervention.change || !view.recipe)
      return {
        says:
          suspicion.standing === "suspected"
            ? "Try batches of 16 to 64; with batch normalisation of at least 16, and leave out the smaller last batch."
            : "Nothing to do.",
      };
    const { batchSize: size, dropRemainder } = outcome.intervention.change(view.recipe).fit;
    const became = `test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)} over as many epochs`;
    return dropRemainder && !view.recipe.fit.dropRemainder
      ? { says: `Leave out the smaller last batch: ${became}.`, change: { fit: { dropRemainder } } }
      : {
          says: `Use batches of ${size} (${many(Math.ceil(view.train.length / size), "step")} an epoch): ${became}.`,
          change: { fit: { batchSize: size } },
        };
  },
};

const normalised = (recipe: Recipe): boolean => recipe.architecture.map(layerName).includes("batchNormalization");

/** What is odd about the batches, as far as the recipe and the number of images say. */
function troubleOf(recipe: Recipe, images: number): "large" | "tiny" | "remainder" | undefined {
  const { batchSize: batch, epochs, dropRemainder } = recipe.fit;
  const steps = Math.ceil(images / batch);
  if (batch > TINY && (steps <= FEW_STEPS || (batch >= 128 && steps * epochs < SHORT))) return "large";
  if (batch <= TINY) return "tiny";
  const rest = images % batch;
  const odd = rest > 0 && rest <= Math.min(TINY, batch / 4);
  return odd && !dropRemainder && normalised(recipe) ? "remainder" : undefined;
}
