import type { Recipe } from "../model/types.ts";
import { type Fit, fitOf, isDead, isUndertrained, isUnsteady, isWrongAlike, learnt, right } from "./fit.ts";
import { withLearningRate } from "./recipes.ts";
import { percent, rate } from "./say.ts";
import { type Cause, cleared, type Intervention, notApplicable, suspecting } from "./types.ts";
import { ofMasks } from "./view.ts";

const EITHER_WAY = [1 / 10, 1 / 3, 3, 10];
const HIGHER = [3, 10];
const LOWER = [1 / 10, 1 / 3];
/** Where training is far from its end. */
const MUCH_HIGHER = [...HIGHER, 30];
/** Optimizers whose steps are as small as the gradients, or shrink for good: one rate hardly fits all layers. */
const PLAIN = ["sgd", "adagrad", "adadelta"];
/** Rates that suit Adam on most networks: Keras' own, and one for short training. */
const ADAM = [0.001, 0.003];
/** Part of the epochs in which the loss rises: above the first it goes up and down, below the second it is smooth, which no rate too high leaves it. */
const RISING = { restless: 0.25, smooth: 0.1 };
/** Fall of the loss per epoch from which on a network that has learnt nothing yet is under way: one that a high rate has killed stands still. */
const UNDER_WAY = 0.02;

/**
 * Too low: slow. Too high: no convergence. Tested by the same number of steps at a third, three, a tenth and ten times the rate; by
 * higher ones alone where the loss falls smoothly, up to thirty times where it is far from its end; by lower ones alone where nothing
 * is wrong but that seeds lie far apart; by Adam in place of a plain optimizer.
 */
export const learningRate: Cause = {
  id: "learning-rate",
  family: "optimisation",
  tier: "training",
  masks: true,
  separatedBy:
    "more epochs at the same rate: what they mend is training length, what only another rate mends is the rate",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe to train with another learning rate.");
    const fit = fitOf(view);
    const current = view.recipe.compile.optimizer.learningRate;
    const evidence = [
      {
        measure: "training accuracy",
        value: fit.training,
        reference: fit.chance,
        says: `After training, the model gets ${right(view, fit.training, "its own training images")}; always guessing the ${ofMasks(view) ? "best one" : "largest"} class gets ${ofMasks(view) ? fit.chance.toFixed(2) : percent(fit.chance)}.`,
      },
      {
        measure: "fall of the training loss per epoch at the end",
        value: fit.lossSlope,
        reference: 0.1,
        says: `Over the last epochs the training loss still falls by ${percent(fit.lossSlope)} an epoch.`,
      },
    ];
    const suspected = suspecting(evidence, view.test);
    switch (troubleOf(fit, view.recipe.fit.epochs)) {
      case "dead":
        return suspected(
          1,
          fit.diverged > 0
            ? `Training diverged at a learning rate of ${rate(current)}.`
            : fit.deadSeeds > 0 && fit.deadSeeds < view.traces.length
              ? `At a learning rate of ${rate(current)} training hardly gets beyond guessing on ${fit.deadSeeds} of ${view.traces.length} seeds.`
              : `At a learning rate of ${rate(current)} training hardly gets beyond guessing.`,
        );
      case "unfinished":
        return suspected(
          0.7,
          fit.rising > RISING.restless
            ? `The training loss goes up and down, and the training images are not learnt (${percent(fit.training)}).`
            : `The training images are not learnt (${percent(fit.training)}), and the loss is still on its way down.`,
        );
      case "unsteady":
        return suspected(
          0.6,
          `The seed alone takes the test error from ${percent(fit.spread.least)} to ${percent(fit.spread.most)}: training ends wherever its last steps took it.`,
        );
      case "at rest":
        return suspected(
          0.45,
          `The training images are not learnt (${percent(fit.training)}) and the loss hardly falls any more: the network is too simple, or its steps are too small.`,
        );
    }
    return cleared(`Training converges at a learning rate of ${rate(current)}.`, evidence);
  },

  interventions(view, _suspicion, { recipe }) {
    const current = recipe.compile.optimizer.learningRate;
    const others = factorsFor(fitOf(view), recipe.fit.epochs).map(
      (factor): Intervention => ({
        id: `learning-rate ${rate(current * factor)}`,
        says: `training with a learning rate of ${rate(current * factor)} in place of ${rate(current)}`,
        change: (before) =>
          withLearningRate(before, Number((before.compile.optimizer.learningRate * factor).toPrecision(3))),
      }),
    );
    return [...others, ...(isPlain(recipe) ? ADAM.map((each) => withAdam(recipe, each)) : [])];
  },

  remedy(view, _suspicion, outcome) {
    if (!outcome?.intervention.change || !view.recipe)
      return {
        says: "Run a learning-rate range test: raise the rate from 1e-6 tenfold every few dozen steps and take a third of the rate at which the loss is lowest.",
      };
    const { name, learningRate } = outcome.intervention.change(view.recipe).compile.optimizer;
    const isOther = name !== view.recipe.compile.optimizer.name;
    return {
      says: `${isOther ? `Use Adam at a learning rate of ${rate(learningRate)}` : `Set the learning rate to ${rate(learningRate)}`}: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)} with the same number of steps.`,
      change: { compile: { optimizer: { ...(isOther ? { name } : {}), learningRate } } },
    };
  },
};

/** What may be the rate's doing. Wrong labels also keep the training accuracy low; but then the loss has come to rest. */
function troubleOf(fit: Fit, epochs: number): "dead" | "unfinished" | "unsteady" | "at rest" | undefined {
  if (isDead(fit)) return "dead";
  const isUnlearnt = learnt(fit) < 0.9;
  const isMoving = fit.lossSlope > 0.05 || fit.rising > RISING.restless;
  if ((isUnlearnt && fit.training < fit.outOfFold + 0.1 && isMoving) || isUndertrained(fit, epochs))
    return "unfinished";
  if (isUnsteady(fit)) return "unsteady";
  return isUnlearnt && isWrongAlike(fit) ? "at rest" : undefined;
}

/** Where the loss falls smoothly the rate may be too low, not too high; steps too large leave the end to chance. */
function factorsFor(fit: Fit, epochs: number): number[] {
  if (troubleOf(fit, epochs) === "unsteady") return LOWER;
  const isUnderWay = fit.diverged === 0 && fit.lossSlope > UNDER_WAY;
  if (fit.rising >= RISING.smooth || (isDead(fit) && !isUnderWay)) return EITHER_WAY;
  return isDead(fit) || isUndertrained(fit, epochs) ? MUCH_HIGHER : HIGHER;
}

/** Whether the optimizer is a plain one with nothing set but its rate, and can be exchanged by a line of the recipe. */
const isPlain = ({ compile: { optimizer } }: Recipe): boolean =>
  PLAIN.includes(optimizer.name) &&
  Object.keys(optimizer).every((option) => ["name", "learningRate", "clipValue", "clipNorm"].includes(option));

const withAdam = ({ compile: { optimizer } }: Recipe, learningRate: number): Intervention => ({
  id: `adam at ${rate(learningRate)}`,
  says: `training with Adam at a learning rate of ${rate(learningRate)} in place of ${optimizer.name} at ${rate(optimizer.learningRate)}`,
  change: (before) => ({
    ...before,
    compile: { ...before.compile, optimizer: { ...before.compile.optimizer, name: "adam", learningRate } },
  }),
});
