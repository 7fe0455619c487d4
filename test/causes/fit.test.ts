import { describe, expect, it } from "vitest";
import { fitOf, isDead } from "../../src/causes/fit.ts";
import { learningRate } from "../../src/causes/learning-rate.ts";
import { trainingLength } from "../../src/causes/training-length.ts";
import { changed, tries, viewOf } from "./views.ts";

/** Training ended near guessing one of four classes. */
const near = { lastAccuracy: 0.3, training: 0.3 };

describe("whether a baseline is dead", () => {
  it("is seen where training ends near guessing, on training images and on test images", () => {
    expect(fitOf(viewOf({ ...near, tested: 0.26 })).deadSeeds).toBe(2);
    expect(isDead(fitOf(viewOf({ ...near, tested: 0.26 })))).toBe(true);
  });

  it("is not held against a seed that recognises test images: wrong labels keep its training accuracy down", () => {
    const view = viewOf({ ...near, tested: 0.8 });
    const fit = fitOf({ ...view, tested: [view.tested[0], view.tested[0]] });
    expect(fit.deadSeeds).toBe(0);
    expect(isDead(fit)).toBe(false);
  });

  it("is not hidden by a test set of nearly one class, which a constant answer gets right", () => {
    const view = viewOf(near);
    const test = view.test.filter((row) => row % 4 === 0 || row % 40 === 1);
    const always = new Float32Array(test.length * 4).map((_, i) => Number(i % 4 === 0));
    const constant = { rows: test, values: always };
    const testErrors = Float32Array.from(test, (row) => Number(row % 4 !== 0));
    const fit = fitOf({ ...view, test, testErrors, tested: [constant, constant] });
    expect(fit.test).toBeGreaterThan(0.85);
    expect(fit.deadSeeds).toBe(2);
  });
});

describe("a loss that falls slowly to the end", () => {
  const alike = { training: 0.86, outOfFold: 0.76, tested: 0.86 };
  const suspected = (view: ReturnType<typeof viewOf>) =>
    [learningRate, trainingLength].map((cause) => cause.screen(view).standing);
  /** Log loss falls by so much an epoch. */
  const falling = (of: (epoch: number) => number): number[] => {
    const losses = [0.7];
    for (let epoch = 1; epoch < 18; epoch++) losses.push(losses[epoch - 1] * (1 - of(epoch)));
    return losses;
  };
  // The view's recipe trains for 10 epochs; 3.5 % an epoch is more than a quarter in as many again.
  const steady = falling(() => 0.035);

  it("makes rate and length suspects where it is no slower than before and training images are no better known", () => {
    const view = viewOf({ ...alike, losses: steady });
    expect(suspected(view)).toEqual(["suspected", "suspected"]);
    const higher = ["learning-rate 0.003", "learning-rate 0.01", "learning-rate 0.03"];
    expect(tries(learningRate, view).map(({ id }) => id)).toEqual(higher);
  });

  it("has only higher rates tried where nothing is learnt yet, unless the loss stands still", () => {
    const nothing = { training: 0.26, outOfFold: 0.26, tested: 0.26 };
    const ids = (losses: number[]) => tries(learningRate, viewOf({ ...nothing, losses })).map(({ id }) => id);
    expect(ids(steady)).not.toContain("learning-rate 0.0001");
    expect(ids(falling((epoch) => (epoch < 4 ? 0.1 : 0.001)))).toContain("learning-rate 0.0001");
  });

  it("makes them suspects where most of the first loss is left, however it falls", () => {
    const stuck = [0.69, 0.67, 0.66, 0.66, 0.67, 0.66, 0.66, 0.66, 0.66];
    expect(suspected(viewOf({ ...alike, losses: stuck }))).toEqual(["suspected", "suspected"]);
  });

  it("is the way to rest where it slows down: more epochs are no suspect then, steps that are too small a weak one", () => {
    const view = viewOf({ ...alike, losses: falling((epoch) => 0.3 * 0.87 ** epoch) });
    expect(suspected(view)).toEqual(["suspected", "cleared"]);
    expect(learningRate.screen(view).strength).toBeLessThan(0.5);
    expect(tries(learningRate, view).map(({ id }) => id)).toEqual(["learning-rate 0.003", "learning-rate 0.01"]);
  });

  it("is no rest after two epochs, where the experiment adds six more of what it falls in one", () => {
    const begun = { training: 0.64, outOfFold: 0.59, tested: 0.63, losses: [1.2, 1.04] };
    const recipe = (epochs: number) => changed((sound) => ({ ...sound, fit: { ...sound.fit, epochs } }));
    expect(trainingLength.screen(viewOf({ ...begun, recipe: recipe(2) })).standing).toBe("suspected");
    const [{ change }] = tries(trainingLength, viewOf({ ...begun, recipe: recipe(2) }));
    expect(change!(recipe(2)).fit.epochs).toBe(8);
  });

  it("says nothing where training images are known better than others", () => {
    expect(suspected(viewOf({ ...alike, training: 0.94, losses: steady }))).toEqual(["cleared", "cleared"]);
  });

  it("says nothing where test images come out better: then training labels are in doubt", () => {
    expect(suspected(viewOf({ ...alike, training: 0.7, losses: steady }))).toEqual(["cleared", "cleared"]);
  });
});
