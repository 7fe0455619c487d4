import type { Augmentation, Recipe } from "../model/types.ts";
import { flips, isNovel, matters, surest } from "./answers.ts";
import { fitOf, isDead } from "./fit.ts";
import { layerName, withFit } from "./recipes.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, type Intervention, notApplicable } from "./types.ts";

/** Part of the answers that change under small shifts, below which places do not matter to the model. */
const WAVERING = 0.05;

/**
 * Answers that hang on where in the image an object lies. Suspected where moving test images by a few pixels mends errors;
 * that boundary cases waver is true of every model and proves nothing; or where test images are of another kind than training's and no
 * metadata say of which. Tested by shifting training images and by global
 * pooling; control: as much augmentation of another kind.
 */
export const positionSensitivity: Cause = {
  id: "position-sensitivity",
  family: "capacity",
  tier: "data",
  masks: "Answers to shifted copies are compared for whole images only.",
  table: "errors",
  separatedBy:
    "augmentation by rotation and zoom in place of shifts: what that mends as well is a lack of variety, not of positions",

  screen(view) {
    const { perturbed } = view;
    if (!perturbed) return notApplicable("There is no model to show moved images to.");
    const fit = fitOf(view);
    if (isDead(fit)) return cleared("The model has learnt nothing that moving an image could spoil.");
    const small = perturbed.variants.filter(({ kind }) => kind === "shift").map(({ amount }) => amount);
    const [least, most] = [Math.min(...small), Math.max(...small)];
    const wavering = flips(perturbed, ({ kind, amount }) => kind === "shift" && amount < most);
    const best = surest(view, perturbed, "shift");
    const evidence = [
      {
        measure: "answers that change under small shifts",
        value: wavering,
        reference: 0.1,
        says: `Moved by ${least} to ${most / 2} pixels, ${percent(wavering)} of the test images are answered differently.`,
      },
      {
        measure: "errors mended by moving the image",
        value: best.net,
        reference: 0.02,
        says: `Where the model may choose the place that it is surest of, up to ${most} pixels away, ${best.mended.length} wrong answers come right and ${best.broken.length} right ones go wrong, of ${perturbed.rows.length} test images.`,
      },
    ];
    const mends = matters(best, 1 - fit.test);
    // Objects that lie farther off than copies are moved are not found by moving: there the experiment decides.
    if (!mends && !(wavering >= WAVERING && isNovel(view, fit)))
      return cleared("Moving test images by a few pixels mends no errors.", evidence);
    return {
      standing: "suspected",
      strength: mends ? Math.min(0.95, 0.6 + best.net) : 0.4,
      says: mends
        ? `Moving test images by at most ${most} pixels mends ${percent(best.net)} of them: their objects do not lie where training's do.`
        : `Test images do worse than unseen training images, and ${percent(wavering)} of the answers change under shifts of at most ${most / 2} pixels.`,
      evidence,
      rows: mends ? Int32Array.from(best.mended, (i) => perturbed.rows[i]) : view.test,
    };
  },

  interventions(_view, _suspicion, { recipe }) {
    const shifts = [0.1, 0.2].map((shift) => augmented({ shift }, `shifts of up to ${percent(shift, 0)}`));
    return recipe.architecture.some((layer) => layerName(layer) === "flatten")
      ? [
          ...shifts,
          {
            id: "global pooling",
            says: "training with the strongest response anywhere (global max pooling) in place of flatten",
            change: withGlobalPooling,
          },
        ]
      : shifts;
  },

  control() {
    return augmented({ rotation: 15, zoom: 0.1 }, "rotation and zoom");
  },

  remedy(view, suspicion, outcome) {
    if (!outcome?.intervention.change || !view.recipe)
      return {
        says:
          suspicion.standing === "suspected"
            ? "Augment by shifts of 10 to 20 % of the image's side, or pool globally in place of flattening; centring the images before they are predicted helps as well."
            : "Nothing to do.",
      };
    const changed = outcome.intervention.change(view.recipe);
    return {
      says: `Train with ${outcome.intervention.id}: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change:
        outcome.intervention.id === "global pooling"
          ? { architecture: changed.architecture }
          : { fit: { augmentation: changed.fit.augmentation } },
    };
  },
};

/** Training with stronger augmentation of some kinds beside what the recipe has. */
export const augmented = (augmentation: Augmentation, id: string): Intervention => ({
  id,
  says: `training with images augmented by ${id}`,
  change: (recipe) => withFit(recipe, { augmentation: { ...recipe.fit.augmentation, ...augmentation } }),
});

const withGlobalPooling = (recipe: Recipe): Recipe => ({
  ...recipe,
  architecture: recipe.architecture.map((layer) =>
    layerName(layer) === "flatten" ? { globalMaxPooling2d: {} } : layer,
  ),
});
