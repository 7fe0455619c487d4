import type { Augmentation, Recipe } from "../model/types.ts";
import { fitOf, isDead, mean } from "./fit.ts";
import { withFit } from "./recipes.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, type Intervention, notApplicable } from "./types.ts";
import type { View } from "./view.ts";

type Operation = keyof Augmentation;

/** Strengths up to which an operation rarely makes an image into one of another class. Flips have no strength: what they do depends on the classes. */
const MILD: Record<Operation, number> = {
  rotation: 30,
  shift: 0.2,
  zoom: 0.3,
  shear: 25,
  brightness: 0.4,
  contrast: 0.6,
  hue: 0.15,
  horizontalFlip: 1,
  verticalFlip: 0.5,
  erase: 0.5,
};
/** Operations tried one by one at most, the strongest first. */
const MOST = 3;

/** Augmentation that leads training images out of their class. Tested by each operation off, and by mild ones in place of the strong. */
export const destructiveAugmentation: Cause = {
  id: "destructive-augmentation",
  family: "data-quality",
  tier: "data",
  // Augmented images of which nothing is left leave the model guessing, and rate and length are not why.
  settles: true,
  masks: "Whether an augmented image leaves its class is asked of labels; masks move with their image.",
  separatedBy: "each operation off by itself: the one whose absence mends the errors is the destructive one",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe that augments.");
    const active = operationsOf(view.recipe);
    if (active.length === 0) return cleared("The recipe does not augment.");
    const fit = fitOf(view);
    const under = accuracyUnderAugmentation(view);
    const lost = fit.training - under;
    const strong = active.filter(({ excess }) => excess > 1);
    const evidence = [
      {
        measure: "accuracy lost under augmentation",
        value: lost,
        reference: 0.1,
        says: `In the last epoch ${percent(under)} of the augmented training images came out right, of the same images as they are ${percent(fit.training)}.`,
      },
      ...active.map(({ operation, strength, excess }) => ({
        measure: `strength of ${operation}`,
        value: Number(strength),
        reference: MILD[operation],
        says: `The recipe augments by ${told(operation, strength)}${excess > 1 ? ", more than images of most kinds bear" : ""}.`,
      })),
    ];
    if (isDead(fit) && strong.length === 0)
      return cleared("Training got nowhere, and no operation of the augmentation is strong.", evidence);
    if (strong.length === 0 && !(lost > 0.1))
      return cleared("Augmented images are recognised nearly as well as the images themselves.", evidence);
    return {
      standing: "suspected",
      strength: Math.min(0.95, 0.45 + (strong.length > 0 ? 0.2 : 0) + Math.max(0, lost || 0)),
      says:
        lost > 0.1
          ? `Augmentation (${active.map(({ operation, strength }) => told(operation, strength)).join(", ")}) makes ${percent(lost)} of the training images unrecognisable.`
          : `The recipe augments by ${strong.map(({ operation, strength }) => told(operation, strength)).join(", ")}, more than images of most kinds bear.`,
      evidence,
      rows: view.test,
    };
  },

  interventions(_view, _suspicion, { recipe }) {
    const active = operationsOf(recipe);
    const off = active.slice(0, MOST).map(({ operation }) => without(`without ${operation}`, [operation]));
    const all =
      active.length > 1
        ? [
            without(
              "without augmentation",
              active.map(({ operation }) => operation),
            ),
          ]
        : [];
    const gradual = active.filter(({ strength }) => strength !== true);
    const strong = gradual.filter(({ excess }) => excess > 1);
    return [...off, ...milder(strong.length > 0 ? strong : gradual.slice(0, 1)), ...all];
  },

  remedy(view, suspicion, outcome) {
    if (!outcome?.intervention.change || !view.recipe)
      return {
        says:
          suspicion.standing === "suspected"
            ? "Look at augmented training images: take out or weaken each operation that changes what they show."
            : "Nothing to do.",
      };
    const { augmentation = {} } = outcome.intervention.change(view.recipe).fit;
    const before = view.recipe.fit.augmentation ?? {};
    const changed = (Object.keys(before) as Operation[]).filter(
      (each) => before[each] && before[each] !== augmentation[each],
    );
    const words = changed.map((each) =>
      augmentation[each] ? `keep ${each} at or below ${augmentation[each]}` : `take ${each} out`,
    );
    return {
      says: `In the augmentation ${words.join(" and ")}: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change: { fit: { augmentation: Object.fromEntries(Object.entries(augmentation).filter(([, value]) => value)) } },
    };
  },
};

/** What a recipe augments by, the operation that is farthest beyond a mild one first. */
function operationsOf(recipe: Recipe): { operation: Operation; strength: number | true; excess: number }[] {
  return (Object.entries(recipe.fit.augmentation ?? {}) as [Operation, number | boolean | undefined][])
    .flatMap(([operation, strength]) =>
      strength ? [{ operation, strength, excess: Number(strength) / MILD[operation] }] : [],
    )
    .sort((a, b) => b.excess - a.excess || (a.operation < b.operation ? -1 : 1));
}

const DEGREES = new Set<Operation>(["rotation", "shear"]);
const told = (operation: Operation, strength: number | true): string =>
  strength === true ? operation : `${operation} ${strength}${DEGREES.has(operation) ? " degrees" : ""}`;

function without(id: string, operations: Operation[]): Intervention {
  return {
    id,
    says:
      id === "without augmentation"
        ? "training without augmentation"
        : `training without ${operations[0]} in the augmentation`,
    change: (recipe) =>
      withFit(recipe, {
        augmentation: Object.fromEntries(
          Object.entries(recipe.fit.augmentation ?? {}).filter(([each]) => !operations.includes(each as Operation)),
        ),
      }),
  };
}

/** Half of what images of most kinds bear, and half of what there is where that is less. */
function milder(operations: { operation: Operation; strength: number | true }[]): Intervention[] {
  if (operations.length === 0) return [];
  const mild = operations.map(
    ({ operation, strength }) => [operation, Math.min(MILD[operation], Number(strength)) / 2] as const,
  );
  return [
    {
      id: "mild augmentation",
      says: `training with ${mild.map(([operation, strength]) => told(operation, strength)).join(" and ")} in the augmentation`,
      change: (recipe) =>
        withFit(recipe, { augmentation: { ...recipe.fit.augmentation, ...Object.fromEntries(mild) } }),
    },
  ];
}

/** Accuracy on the training images as they were met in the last epoch, averaged over seeds. */
const accuracyUnderAugmentation = (view: View): number =>
  mean(view.traces.map(({ curve }) => curve.at(-1)?.accuracy ?? Number.NaN));
