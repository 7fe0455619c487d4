import { type Trouble, troublesOf } from "./architecture-troubles.ts";
import { fitOf } from "./fit.ts";
import { hiddenLayers, passThrough } from "./layers.ts";
import { withWidth } from "./recipes.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, type Intervention, notApplicable } from "./types.ts";
import { ofMasks } from "./view.ts";

/** Variants that are tried. */
const MOST = 4;

/** Layers that are wrong in two ways may need both put right: kernels that see neighbours, and few of them, before a global average. */
const allPutRight = (troubles: Trouble[]): Intervention => {
  const first = troubles.map(({ fixes }) => fixes[0]);
  return {
    id: first.map(({ id }) => id).join(" and "),
    says: `training ${first.map(({ says }) => says.replace(/^training /, "")).join(", and ")}`,
    change: (before) => first.reduce((recipe, { change }) => change(recipe), before),
  };
};

/**
 * Kernel sizes, filters, pooling, activations and initial weights that lose what tells the classes apart. Read from the recipe as a
 * suspicion. Tested by the variants that put all right at once, and each by itself; control: the given architecture twice as wide, since what more
 * capacity mends as well is no matter of choice.
 */
export const architectureChoice: Cause = {
  id: "architecture-choice",
  family: "capacity",
  tier: "capacity",
  masks: true,
  settles: true,
  separatedBy: "the given architecture twice as wide: what that mends as well is capacity, not the choice of layers",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe whose layers could be changed.");
    const found = troublesOf(view.recipe, ofMasks(view));
    const layers = passThrough(view.recipe);
    const seen = layers.filter(({ output }) => output.length === 3).at(-1);
    const evidence = [
      ...(seen
        ? [
            {
              measure: "receptive field, pixels",
              value: seen.sees,
              reference: Math.min(...view.recipe.input.size),
              says: `${ofMasks(view) ? "At the end" : "Before the head"} ${seen.output.slice(0, 2).join(" x ")} places are left, ${seen.stride} pixels apart; each sees ${seen.sees} pixels of ${view.recipe.input.size.join(" x ")}.`,
            },
          ]
        : []),
      ...found.map(({ evidence: each }) => each),
    ];
    if (found.length === 0)
      return cleared("Kernels, filters, pooling, activations and initial weights are usual ones.", evidence);
    return {
      standing: "suspected",
      strength: Math.min(0.9, 0.55 + 0.1 * found.length + 0.2 * (1 - fitOf(view).test)),
      says: found.map(({ evidence: each }) => each.says).join(" "),
      evidence,
      rows: view.test,
    };
  },

  interventions(view, _suspicion, { recipe }) {
    const troubles = troublesOf(recipe, ofMasks(view));
    const each = troubles.flatMap(({ fixes }) => fixes);
    return [...(troubles.length > 1 ? [allPutRight(troubles)] : []), ...each].slice(0, MOST);
  },

  control(_view, _suspicion, _chosen, { recipe }) {
    if (hiddenLayers(recipe).length === 0) return undefined;
    return {
      id: "twice the width",
      says: "the given architecture with twice the filters and units",
      change: (before) => withWidth(before, 2),
    };
  },

  remedy(view, suspicion, outcome) {
    if (!outcome?.intervention.change || !view.recipe)
      return {
        says:
          suspicion.standing === "suspected" && view.recipe
            ? `Try ${troublesOf(view.recipe, ofMasks(view))
                .map(({ fixes }) => fixes[0].id)
                .join(", or ")}.`
            : "Nothing to do.",
      };
    return {
      says: `Change the architecture (${outcome.intervention.id}): test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change: { architecture: outcome.intervention.change(view.recipe).architecture },
    };
  },
};
