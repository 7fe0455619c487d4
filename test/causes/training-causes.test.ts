import { describe, expect, it } from "vitest";
import { batchSize } from "../../src/causes/batch-size.ts";
import { learningRate } from "../../src/causes/learning-rate.ts";
import { lossMismatch } from "../../src/causes/loss-mismatch.ts";
import { preprocessingMismatch } from "../../src/causes/preprocessing-mismatch.ts";
import type { Recipe } from "../../src/model/types.ts";
import { changed, SOUND, tries, viewOf } from "./views.ts";

const withFit = (fit: Partial<Recipe["fit"]>) => changed((recipe) => ({ ...recipe, fit: { ...recipe.fit, ...fit } }));
const ending = (activation: string, loss: string, fromLogits?: boolean): Recipe =>
  changed((recipe) => ({
    ...recipe,
    architecture: [...recipe.architecture.slice(0, -1), { dense: { units: 4, activation } }],
    compile: { ...recipe.compile, loss, ...(fromLogits === undefined ? {} : { fromLogits }) },
  }));

describe("batch-size", () => {
  const falling = [2, 1.6, 1.3, 1.1, 0.95, 0.85, 0.77, 0.7, 0.65, 0.6];

  it("is suspected where few large batches leave the images unlearnt, and tries smaller ones over as many epochs", () => {
    const view = viewOf({
      recipe: withFit({ batchSize: 512 }),
      training: 0.8,
      outOfFold: 0.78,
      tested: 0.79,
      losses: falling,
    });
    expect(batchSize.screen(view)).toMatchObject({ standing: "suspected" });
    expect(tries(batchSize, view).map(({ change }) => change!(view.recipe!).fit)).toEqual([
      { epochs: 10, batchSize: 128 },
      { epochs: 10, batchSize: 32 },
    ]);
  });

  it("is cleared for a large batch that trains well and long, and for a usual one that does not", () => {
    expect(batchSize.screen(viewOf({ recipe: withFit({ batchSize: 512 }) })).strength).toBe(0.5);
    expect(batchSize.screen(viewOf({ recipe: withFit({ batchSize: 512, epochs: 40 }) })).standing).toBe("cleared");
    expect(batchSize.screen(viewOf({ training: 0.7, outOfFold: 0.7, tested: 0.7 })).standing).toBe("cleared");
  });

  it("sees batch normalisation over a few images, and over a last batch of one", () => {
    const normalised = (fit: Partial<Recipe["fit"]>) =>
      changed((recipe) => ({
        ...recipe,
        architecture: [recipe.architecture[0], { batchNormalization: {} }, ...recipe.architecture.slice(1)],
        fit: { ...recipe.fit, ...fit },
      }));
    expect(batchSize.screen(viewOf({ recipe: normalised({ batchSize: 2 }) })).says).toContain("2 images");
    const rest = viewOf({ recipe: normalised({}), train: 1985 });
    expect(batchSize.screen(rest)).toMatchObject({ standing: "suspected" });
    expect(tries(batchSize, rest)[0].change!(rest.recipe!).fit.dropRemainder).toBe(true);
    expect(batchSize.screen(viewOf({ recipe: normalised({}), train: 1984 })).standing).toBe("cleared");
    expect(batchSize.screen(viewOf({ train: 1985 })).standing).toBe("cleared");
  });
});

describe("loss-mismatch", () => {
  it.each([
    ["softmax", "meanSquaredError"],
    ["softmax", "meanAbsoluteError"],
    ["softmax", "categoricalHinge"],
    ["softmax", "binaryCrossentropy"],
    ["sigmoid", "categoricalCrossentropy"],
    ["sigmoid", "binaryCrossentropy"],
    ["relu", "sparseCategoricalCrossentropy"],
  ])("suspects %s under %s and tries the matched loss", (activation, loss) => {
    const view = viewOf({ recipe: ending(activation, loss) });
    expect(lossMismatch.screen(view)).toMatchObject({ standing: "suspected", proven: true });
    const matched = tries(lossMismatch, view)[0].change!(view.recipe!);
    expect(matched.compile.loss).toBe("sparseCategoricalCrossentropy");
    expect(lossMismatch.screen(viewOf({ recipe: matched })).standing).toBe("cleared");
    expect(matched.fit).toEqual(view.recipe!.fit);
  });

  it("suspects a linear head whose scores are taken as probabilities, not one that gives logits", () => {
    expect(lossMismatch.screen(viewOf({ recipe: ending("linear", "categoricalCrossentropy", false) })).standing).toBe(
      "suspected",
    );
    for (const recipe of [
      SOUND,
      ending("linear", "sparseCategoricalCrossentropy"),
      ending("linear", "categoricalHinge"),
      ending("softmax", "kullbackLeiblerDivergence"),
    ])
      expect(lossMismatch.screen(viewOf({ recipe })).standing).toBe("cleared");
  });

  it("keeps one unit for two classes under binary cross-entropy", () => {
    const one = changed((recipe) => ({
      ...recipe,
      architecture: [...recipe.architecture.slice(0, -1), { dense: { units: 1, activation: "sigmoid" } }],
      compile: { ...recipe.compile, loss: "meanSquaredError" },
    }));
    const view = viewOf({ recipe: one });
    expect(tries(lossMismatch, view)[0].change!(one).compile.loss).toBe("binaryCrossentropy");
  });
});

describe("learning-rate", () => {
  const slow = {
    training: 0.7,
    outOfFold: 0.7,
    tested: 0.7,
    losses: [2, 1.8, 1.6, 1.4, 1.25, 1.1, 1, 0.9, 0.82, 0.75],
  };
  const withOptimizer = (optimizer: Recipe["compile"]["optimizer"]) =>
    viewOf({ ...slow, recipe: changed((recipe) => ({ ...recipe, compile: { ...recipe.compile, optimizer } })) });

  it("tries Adam in place of a plain optimizer, and says so in one line of the recipe", () => {
    const view = withOptimizer({ name: "sgd", learningRate: 0.004, clipNorm: 1 });
    const [adam] = tries(learningRate, view).filter(({ id }) => id.startsWith("adam"));
    expect(adam.change!(view.recipe!).compile.optimizer).toEqual({ name: "adam", learningRate: 0.001, clipNorm: 1 });
    const at = (value: number) => ({ value, low: value, high: value });
    const outcome = { intervention: adam, baseline: at(0.4), changed: at(0.2), gain: at(0.2) };
    expect(learningRate.remedy(view, learningRate.screen(view), outcome)).toEqual({
      says: expect.stringMatching(/^Use Adam at a learning rate of 0.001: test error 40.0 % became 20.0 %/),
      change: { compile: { optimizer: { name: "adam", learningRate: 0.001 } } },
    });
  });

  it("keeps an optimizer that has momentum, or scales its steps itself", () => {
    for (const optimizer of [
      { name: "sgd", learningRate: 0.004, momentum: 0.9 },
      { name: "rmsprop", learningRate: 0.004 },
    ] as const)
      expect(tries(learningRate, withOptimizer(optimizer)).map(({ id }) => id)).not.toContain("adam at 0.001");
  });
});

describe("learning-rate, where seeds lie far apart", () => {
  /** A sound fit, but for test errors that differ from seed to seed. */
  const withSeeds = (...accuracies: number[]) => {
    const seeds = accuracies.map((tested) => viewOf({ tested }).tested[0]);
    return { ...viewOf(), tested: seeds };
  };

  it("is suspected of too large steps, in the errors' own figures, and tries smaller ones alone", () => {
    const view = withSeeds(0.85, 0.62, 0.91);
    expect(learningRate.screen(view)).toMatchObject({
      standing: "suspected",
      says: expect.stringMatching(/^The seed alone takes the test error from 9.0 % to 38.0 %/),
    });
    expect(tries(learningRate, view).map(({ id }) => id)).toEqual(["learning-rate 0.0001", "learning-rate 0.00033"]);
  });

  it("is cleared where images drawn anew would put seeds as far apart, or the errors are much the same", () => {
    // Of 800 test images errors of 3 % have a standard deviation of 0.6 points by sampling alone.
    expect(learningRate.screen(withSeeds(0.985, 0.97, 0.96)).standing).toBe("cleared");
    expect(learningRate.screen(withSeeds(0.66, 0.6, 0.72)).standing).toBe("cleared");
    expect(learningRate.screen(withSeeds(0.96)).standing).toBe("cleared");
  });
});

describe("preprocessing-mismatch of a recipe", () => {
  const scaled = (scale: Recipe["input"]["scale"]) =>
    changed((recipe) => ({ ...recipe, input: { ...recipe.input, scale } }));

  it("suspects pixels that are not scaled, or scaled to next to nothing, and tries usable scales", () => {
    for (const scale of ["0..255", { mean: [0], std: [100] }] as const) {
      const given = scale === "0..255" ? scale : { mean: [...scale.mean], std: [...scale.std.map((one) => one * 200)] };
      const view = viewOf({ recipe: scaled(given) });
      expect(preprocessingMismatch.screen(view)).toMatchObject({ standing: "suspected", proven: true });
      for (const { change } of tries(preprocessingMismatch, view))
        expect(preprocessingMismatch.screen(viewOf({ recipe: change!(view.recipe!) })).standing).toBe("cleared");
    }
  });

  it("clears usual scales, and a network that normalises first", () => {
    for (const scale of ["0..1", "-1..1", { mean: [0.485], std: [0.229] }] as const)
      expect(preprocessingMismatch.screen(viewOf({ recipe: scaled(scale as Recipe["input"]["scale"]) })).standing).toBe(
        "cleared",
      );
    const normalised = { ...scaled("0..255"), architecture: [{ batchNormalization: {} }, ...SOUND.architecture] };
    expect(preprocessingMismatch.screen(viewOf({ recipe: normalised })).standing).toBe("cleared");
  });
});
