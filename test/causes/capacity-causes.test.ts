import { describe, expect, it } from "vitest";
import { architectureChoice } from "../../src/causes/architecture-choice.ts";
import { troublesOf } from "../../src/causes/architecture-troubles.ts";
import { destructiveAugmentation } from "../../src/causes/destructive-augmentation.ts";
import { insufficientData } from "../../src/causes/insufficient-data.ts";
import { hiddenLayers, passThrough } from "../../src/causes/layers.ts";
import { dropoutOf, weightDecayOf, withDepth, withDropout, withWidth } from "../../src/causes/recipes.ts";
import { regularization } from "../../src/causes/regularization.ts";
import { underfit } from "../../src/causes/underfit.ts";
import type { View } from "../../src/causes/view.ts";
import type { LayerSpec, Recipe } from "../../src/model/types.ts";
import { benchOf, changed, SOUND, tries, viewOf } from "./views.ts";

const flat = [0.9, 0.8, 0.78, 0.77, 0.765, 0.762, 0.76, 0.76, 0.759, 0.758];

describe("underfit", () => {
  it("is suspected where training has come to rest with its own images wrong", () => {
    const view = viewOf({ training: 0.75, outOfFold: 0.74, tested: 0.74, losses: flat });
    expect(underfit.screen(view)).toMatchObject({ standing: "suspected" });
    const widths = tries(underfit, view).map(({ change }) => passThrough(change!(view.recipe!)).at(-2)!.output);
    expect(widths).toEqual([[128], [64]]);
    const thin = { ...view, recipe: withWidth(SOUND, 1 / 16) };
    expect(passThrough(tries(underfit, thin)[0].change!(thin.recipe)).at(-2)!.output).toEqual([16]);
    const control = underfit.control!(view, underfit.screen(view), tries(underfit, view)[0], benchOf(view))!;
    expect(control.change!(view.recipe!).fit.epochs).toBe(20);
  });

  it.each([
    ["learns its images", {}],
    ["loses on unseen images", { training: 0.9, outOfFold: 0.7, tested: 0.7, losses: flat }],
    ["has wrong training labels", { training: 0.8, outOfFold: 0.78, tested: 0.94, losses: flat }],
    ["has not learnt at all", { training: 0.26, outOfFold: 0.25, tested: 0.25, losses: flat }],
  ])("is cleared where the network %s", (_, options) => {
    expect(underfit.screen(viewOf(options)).standing).toBe("cleared");
  });

  it("is suspected with less certainty where the loss still falls: twice the epochs are its control", () => {
    const falling = flat.map((loss, i) => loss * 0.9 ** i);
    const [rests, falls] = [flat, falling].map((losses) =>
      underfit.screen(viewOf({ training: 0.67, outOfFold: 0.65, tested: 0.66, losses })),
    );
    expect(falls).toMatchObject({ standing: "suspected", says: expect.stringContaining("still falls") });
    expect(falls.strength).toBeLessThan(rests.strength);
  });

  it("is suspected where most errors are made on training images too, whatever the gap", () => {
    const losses = flat;
    expect(underfit.screen(viewOf({ training: 0.67, outOfFold: 0.58, tested: 0.57, losses })).standing).toBe(
      "suspected",
    );
  });

  it("adds a hidden layer where there is none", () => {
    const linear: Recipe = {
      ...SOUND,
      architecture: [{ flatten: {} }, { dense: { units: 4, activation: "softmax" } }],
    };
    expect(passThrough(withDepth(linear)).map(({ output }) => output)).toEqual([[784], [64], [4]]);
  });
});

describe("regularization", () => {
  const held = (...layers: LayerSpec[]): Recipe => ({
    ...SOUND,
    architecture: [{ flatten: {} }, ...layers, { dense: { units: 4, activation: "softmax" } }],
  });
  const dense: LayerSpec = { dense: { units: 64, activation: "relu" } };
  const penalised = (kernelRegularizer: unknown): LayerSpec => ({
    dense: { units: 64, activation: "relu", kernelRegularizer },
  });

  it("is suspected where nothing holds back memorising, not where training images are wrong as often", () => {
    const recipe = held(dense);
    expect(regularization.screen(viewOf({ recipe, outOfFold: 0.9, tested: 0.9 })).standing).toBe("suspected");
    const poor = viewOf({ recipe, training: 0.67, outOfFold: 0.65, tested: 0.64 });
    expect(regularization.screen(poor)).toMatchObject({
      standing: "cleared",
      says: expect.stringContaining("as well"),
    });
  });

  it.each<[string, Recipe, string, number[]]>([
    ["dropout of 0.9", held(dense, { dropout: { rate: 0.9 } }), "dropout", [0.5, 0.25]],
    ["a penalty of 0.1", held(penalised({ className: "L2", config: { l2: 0.1 } })), "decay", [0.001, 0]],
    ["Keras' standard penalty by name", held(penalised("l2")), "decay", [0.0001, 0]],
  ])(
    "is suspected where %s keeps training images from being learnt, and tries less of it",
    (_, recipe, kind, least) => {
      const view = viewOf({ recipe, training: 0.6, outOfFold: 0.59, tested: 0.6 });
      expect(regularization.screen(view)).toMatchObject({ standing: "suspected" });
      expect(regularization.screen(viewOf({ recipe, training: 0.26, lastAccuracy: 0.26 })).standing).toBe("suspected");
      const strengths = tries(regularization, view).map(({ change }) =>
        kind === "dropout" ? dropoutOf(change!(recipe)) : weightDecayOf(change!(recipe)),
      );
      expect(strengths).toEqual(least);
      expect(regularization.screen(viewOf({ recipe })).standing).toBe("cleared");
    },
  );
});

describe("architecture-choice", () => {
  const HEAD: LayerSpec[] = [{ dense: { units: 4, activation: "softmax" } }];
  const of = (...layers: LayerSpec[]): Recipe => ({ ...SOUND, architecture: [...layers, ...HEAD] });
  const conv = (kernelSize: number, more: object = {}): LayerSpec => ({
    conv2d: { filters: 16, kernelSize, activation: "relu", ...more },
  });

  it.each<[string, Recipe]>([
    ["no convolution", of({ flatten: {} }, { dense: { units: 64, activation: "relu" } })],
    ["kernels of one pixel", of(conv(1), { maxPooling2d: { poolSize: 2 } }, { flatten: {} })],
    ["kernels of half the image", of(conv(15), { flatten: {} })],
    ["a stride of four", of(conv(5, { strides: 4 }), { flatten: {} })],
    ["pooling until nothing is left", of(conv(3), { averagePooling2d: { poolSize: 8 } }, conv(3), { flatten: {} })],
    ["global pooling of places that see little", of(conv(3), { globalAveragePooling2d: {} })],
    ["hidden layers without an activation", of(conv(3, { activation: "linear" }), { flatten: {} })],
    ["hidden layers that saturate", of(conv(3, { activation: "sigmoid" }), { flatten: {} })],
    ["constant initial weights", of(conv(3, { kernelInitializer: "zeros" }), { flatten: {} })],
    [
      "initial weights far too large",
      of(conv(3, { kernelInitializer: { className: "RandomNormal", config: { stddev: 2 } } }), { flatten: {} }),
    ],
    [
      "initial weights far too small",
      of(conv(3, { kernelInitializer: { className: "RandomUniform", config: { minval: -0.01, maxval: 0.01 } } }), {
        flatten: {},
      }),
    ],
    ["a bottleneck", of(conv(3), { flatten: {} }, { dense: { units: 2, activation: "relu" } })],
  ])("suspects %s, and every fix is a network that connects and is without that trouble", (_, recipe) => {
    const view = viewOf({ recipe });
    const [before] = troublesOf(recipe, false);
    expect(architectureChoice.screen(view)).toMatchObject({ standing: "suspected" });
    const fixes = tries(architectureChoice, view);
    expect(fixes.length).toBeGreaterThan(0);
    for (const { change } of fixes) expect(passThrough(change!(recipe)).at(-1)!.output).toEqual([4]);
    expect(troublesOf(fixes[0].change!(recipe), false).map(({ evidence }) => evidence.measure)).not.toContain(
      before.evidence.measure,
    );
  });

  it("tries what puts all troubles right at once first, then each by itself", () => {
    const view = viewOf({ recipe: of(conv(1), conv(1), { globalAveragePooling2d: {} }) });
    const [both, ...each] = tries(architectureChoice, view);
    expect(troublesOf(both.change!(view.recipe!), false)).toEqual([]);
    expect(passThrough(both.change!(view.recipe!)).at(-1)!.output).toEqual([4]);
    expect(each.map(({ id }) => id)).toEqual([
      "kernels of 3 x 3",
      "a larger receptive field",
      "flatten in place of global pooling",
    ]);
  });

  it("clears usual networks", () => {
    const article = of(
      ...[32, 64, 128].flatMap((filters) => [conv(3, { filters, padding: "same" }), { maxPooling2d: { poolSize: 2 } }]),
      { flatten: {} },
      { dense: { units: 256, activation: "relu" } },
    );
    const global = of(conv(3), { maxPooling2d: { poolSize: 2 } }, conv(3), conv(3), { globalMaxPooling2d: {} });
    const started = of(conv(3, { kernelInitializer: "heNormal" }), conv(3, { kernelInitializer: "truncatedNormal" }), {
      flatten: {},
    });
    for (const recipe of [SOUND, article, global, started])
      expect(architectureChoice.screen(viewOf({ recipe })).standing).toBe("cleared");
  });

  it("computes receptive fields: two kernels of three with a pool of two between see eight pixels", () => {
    const recipe = of(conv(3), { maxPooling2d: { poolSize: 2 } }, conv(3), { flatten: {} });
    expect(passThrough(recipe).map(({ sees, stride }) => [sees, stride])[2]).toEqual([8, 2]);
  });
});

describe("destructive-augmentation", () => {
  const augmented = (augmentation: Recipe["fit"]["augmentation"]) =>
    changed((recipe) => ({ ...recipe, fit: { ...recipe.fit, augmentation } }));

  it("suspects operations beyond what images bear, and tries each off and the strong ones mild", () => {
    const view = viewOf({ recipe: augmented({ rotation: 180, shift: 0.1 }), lastAccuracy: 0.7 });
    expect(destructiveAugmentation.screen(view)).toMatchObject({ standing: "suspected" });
    expect(tries(destructiveAugmentation, view).map(({ change }) => change!(view.recipe!).fit.augmentation)).toEqual([
      { shift: 0.1 },
      { rotation: 180 },
      { rotation: 15, shift: 0.1 },
      {},
    ]);
  });

  it("makes mild what is strong, and halves the strongest where none is", () => {
    const mild = (augmentation: Recipe["fit"]["augmentation"]) => {
      const view = viewOf({ recipe: augmented(augmentation), lastAccuracy: 0.7 });
      return tries(destructiveAugmentation, view).find(({ id }) => id === "mild augmentation")!.change!(view.recipe!)
        .fit.augmentation;
    };
    expect(mild({ brightness: 0.9, contrast: 0.9, shift: 0.1 })).toEqual({
      brightness: 0.2,
      contrast: 0.3,
      shift: 0.1,
    });
    expect(mild({ rotation: 24, shift: 0.1 })).toEqual({ rotation: 12, shift: 0.1 });
  });

  it("suspects a mild one only where augmented images are not recognised", () => {
    const recipe = augmented({ horizontalFlip: true });
    expect(destructiveAugmentation.screen(viewOf({ recipe, lastAccuracy: 0.82 })).standing).toBe("suspected");
    expect(destructiveAugmentation.screen(viewOf({ recipe, lastAccuracy: 0.97 })).standing).toBe("cleared");
    expect(destructiveAugmentation.screen(viewOf({ lastAccuracy: 0.7 })).standing).toBe("cleared");
  });
});

describe("a network of masks", () => {
  const conv = (filters: number, more: object = {}) => ({
    conv2d: { filters, kernelSize: 3, padding: "same", ...more },
  });
  const masks: Recipe = {
    ...SOUND,
    architecture: [
      conv(8, { name: "a" }),
      { maxPooling2d: { poolSize: 2 } },
      conv(16),
      { upSampling2d: { size: [2, 2] } },
      { concatenate: { with: "a" } },
      { conv2d: { filters: 3, kernelSize: 1, activation: "softmax" } },
    ],
  };

  const changedHidden = (recipe: Recipe, activation: string): Recipe => ({
    ...recipe,
    architecture: recipe.architecture.map((layer, i) =>
      hiddenLayers(recipe).includes(i) ? { conv2d: { ...layer.conv2d, activation } } : layer,
    ),
  });

  it("keeps as many answers a pixel when it is made larger", () => {
    expect(withWidth(masks, 2).architecture.at(-1)).toEqual(masks.architecture.at(-1));
    expect(withWidth(masks, 2).architecture[0]).toMatchObject({ conv2d: { filters: 16 } });
    expect(hiddenLayers(masks)).toEqual([0, 2]);
  });

  it("is usual though it pools to few places, and is not where hidden layers saturate", () => {
    const small = { ...masks, input: { ...masks.input, size: [4, 4] as [number, number] } };
    const relu = changedHidden(small, "relu");
    expect(troublesOf(relu, true)).toEqual([]);
    const [saturates] = troublesOf(changedHidden(small, "sigmoid"), true);
    expect(saturates.evidence.measure).toBe("hidden layers that saturate");
    const fixed = saturates.fixes[0].change(changedHidden(small, "sigmoid"));
    expect(fixed).toEqual(relu);
  });

  it("gets dropout before its last layer, having no dense one: an experiment that changes nothing is none", () => {
    const names = withDropout(masks, 0.5).architecture.map((layer) => Object.keys(layer)[0]);
    expect(names.slice(-2)).toEqual(["dropout", "conv2d"]);
    expect(names.filter((name) => name === "dropout")).toHaveLength(1);
  });

  it("joins the second of the layers that were doubled", () => {
    const { architecture } = withDepth(masks);
    expect(architecture).toHaveLength(8);
    expect(architecture[0].conv2d.name).toBeUndefined();
    expect(architecture[1].conv2d.name).toBe("a");
    expect(architecture.at(-1)).toEqual(masks.architecture.at(-1));
  });
});

describe("insufficient-data", () => {
  it("is tested by adding held-out images where these are many and of the same kind, elsewhere by taking images away", () => {
    const tried = (view: View) => {
      const suspicion = insufficientData.screen(view);
      expect(suspicion.standing).toBe("suspected");
      return insufficientData.interventions!(view, suspicion, benchOf(view, view.test.slice(0, 400)));
    };
    const few = viewOf({ train: 100, test: 800, training: 1, outOfFold: 0.7, tested: 0.7 });
    const [{ move, takesAway, says }] = tried(few);
    expect(move).toHaveLength(400);
    expect(takesAway).toBeUndefined();
    expect(says).toContain("5.0 times as many");
    const unlike = viewOf({ train: 100, test: 800, training: 1, outOfFold: 0.9, tested: 0.6 });
    const many = viewOf({ train: 400, test: 800, training: 1, outOfFold: 0.7, tested: 0.7 });
    for (const view of [unlike, many]) expect(tried(view).every((each) => each.takesAway)).toBe(true);
  });

  it("says to put held-out images into training, and which", () => {
    const view = viewOf({ train: 100, test: 800, training: 1, outOfFold: 0.7, tested: 0.7 });
    const suspicion = insufficientData.screen(view);
    const [intervention] = insufficientData.interventions!(view, suspicion, benchOf(view, view.test.slice(0, 400)));
    const rate = (value: number) => ({ value, low: value, high: value });
    const outcome = { intervention, baseline: rate(0.3), changed: rate(0.2), gain: rate(0.1) };
    const { says, files } = insufficientData.remedy(view, suspicion, outcome);
    expect(says).toContain("put half of the 800 test images into training");
    expect(files).toHaveLength(800);
  });
});
