import type { Recipe } from "../model/types.ts";
import { fitOf, isDead, learnt, right } from "./fit.ts";
import { endsPlainly, headOf, withHead } from "./layers.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";
import { ofMasks } from "./view.ts";

/** The loss does not fit what the network gives. Read from the recipe as a suspicion; only the matched loss that wins proves it. */
export const lossMismatch: Cause = {
  id: "loss-mismatch",
  family: "optimisation",
  tier: "training",
  masks: true,
  separatedBy:
    "another learning rate under the given loss over the same number of steps: what it mends is the rate, what only the matched loss mends is the loss",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe whose loss could be read.");
    const fit = fitOf(view);
    const mismatch = mismatchOf(view.recipe);
    const { activation } = headOf(view.recipe);
    const { loss } = view.recipe.compile;
    const evidence = [
      {
        measure: "training accuracy",
        value: fit.training,
        reference: 0.97,
        says: `The network ends in ${activation} under ${loss}; ${ofMasks(view) ? `it gets ${right(view, fit.training, "its own training images")}` : `${percent(fit.training)} of its own training images come out right`}.`,
      },
    ];
    if (!mismatch) return cleared(`${loss} fits the ${activation} that the network ends in.`, evidence);
    return {
      standing: "suspected",
      strength: Math.min(1, mismatch.weight + (isDead(fit) ? 0.2 : learnt(fit) < 0.9 ? 0.1 : 0)),
      says: `${mismatch.says}.`,
      evidence,
      rows: view.test,
      proven: true,
    };
  },

  interventions(_view, _suspicion, { recipe }) {
    const { loss, activation } = matchedTo(recipe);
    return [
      {
        id: `${loss} after ${activation}`,
        says: `training with ${loss} after ${activation} in place of ${recipe.compile.loss} after ${headOf(recipe).activation}`,
        change: withMatchedLoss,
      },
    ];
  },

  remedy(view, suspicion, outcome) {
    if (!view.recipe || suspicion.standing !== "suspected") return { says: "Nothing to do." };
    const { loss, activation } = matchedTo(view.recipe);
    const matched = withMatchedLoss(view.recipe);
    const same = headOf(view.recipe).activation === activation;
    return {
      says: `Use ${loss}${same ? "" : ` and end the network in ${activation}`}${outcome ? `: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)} with the same number of steps` : ""}.`,
      change: {
        compile: { loss, fromLogits: true },
        ...(same ? {} : { architecture: matched.architecture }),
      },
    };
  },
};

interface Mismatch {
  says: string;
  /** How much harm it is known to do, 0..1. */
  weight: number;
}

const ENTROPIES = ["sparseCategoricalCrossentropy", "categoricalCrossentropy", "kullbackLeiblerDivergence"];
const REGRESSIONS = ["meanSquaredError", "meanAbsoluteError", "huber"];
const MARGINS = ["hinge", "squaredHinge", "categoricalHinge"];

/** What is wrong with activation x loss x label encoding; nothing where they fit. */
export function mismatchOf(recipe: Recipe): Mismatch | undefined {
  const { activation, width } = headOf(recipe);
  const { loss, fromLogits } = recipe.compile;
  if (!endsPlainly(activation))
    return {
      says: `The network ends in ${activation}, which cuts or bends its scores before ${loss} sees them`,
      weight: 0.8,
    };
  if (activation === "softmax" && width === 1)
    return { says: "A softmax over a single unit always gives 1: nothing can be learnt", weight: 0.8 };
  if (activation === "softmax" && loss === "binaryCrossentropy")
    return {
      says: "Binary cross-entropy after softmax counts every class as a question of its own, though they exclude each other",
      weight: 0.4,
    };
  if (activation === "sigmoid" && width > 1 && ENTROPIES.includes(loss))
    return { says: `${loss} wants one distribution over the classes; sigmoids do not give one`, weight: 0.6 };
  if (activation === "sigmoid" && width > 1 && loss === "binaryCrossentropy")
    return { says: "Classes that exclude each other are trained as independent yes-or-no questions", weight: 0.3 };
  if (activation === "linear" && fromLogits === false && !REGRESSIONS.includes(loss) && !MARGINS.includes(loss))
    return {
      says: `The last layer is linear, yet ${loss} takes what it gives as probabilities (fromLogits is false)`,
      weight: 0.8,
    };
  if (activation !== "linear" && REGRESSIONS.includes(loss))
    return {
      says: `${loss} after ${activation} has hardly any gradient where the network is surely wrong`,
      weight: loss === "meanAbsoluteError" ? 0.75 : 0.6,
    };
  if (activation === "linear" && REGRESSIONS.includes(loss))
    return { says: `${loss} fits scores to 0 and 1 as a regression, in place of comparing classes`, weight: 0.4 };
  if (activation !== "linear" && MARGINS.includes(loss))
    return {
      says: `${loss} asks for scores beyond +1 and -1; after ${activation} they lie between 0 and 1`,
      weight: 0.7,
    };
  return undefined;
}

const matchedTo = (recipe: Recipe): { loss: string; activation: string } =>
  headOf(recipe).width === 1
    ? { loss: "binaryCrossentropy", activation: "sigmoid" }
    : { loss: "sparseCategoricalCrossentropy", activation: "softmax" };

/** The recipe with the loss, and the activation before it, that belong to classes which exclude each other. */
export function withMatchedLoss(recipe: Recipe): Recipe {
  const { loss, activation } = matchedTo(recipe);
  const { fromLogits: _given, ...compile } = recipe.compile;
  return { ...withHead(recipe, activation), compile: { ...compile, loss } };
}
