import type { LayerSpec, Recipe } from "../model/types.ts";

/** Changes of one thing in a recipe. None of them changes its argument. */

export const layerName = (layer: LayerSpec): string => Object.keys(layer)[0];
export const layerConfig = (layer: LayerSpec): Record<string, unknown> => layer[layerName(layer)];

/** The recipe with each layer changed. */
export const mapLayers = (recipe: Recipe, change: (layer: LayerSpec, i: number) => LayerSpec): Recipe => ({
  ...recipe,
  architecture: recipe.architecture.map(change),
});

/** A layer with some of its settings replaced. */
export const merged = (layer: LayerSpec, config: Record<string, unknown>): LayerSpec => ({
  [layerName(layer)]: { ...layerConfig(layer), ...config },
});

export const withLearningRate = (recipe: Recipe, learningRate: number): Recipe => ({
  ...recipe,
  compile: { ...recipe.compile, optimizer: { ...recipe.compile.optimizer, learningRate } },
});

export const withFit = (recipe: Recipe, fit: Partial<Recipe["fit"]>): Recipe => ({
  ...recipe,
  fit: { ...recipe.fit, ...fit },
});

/** Where dropout goes, in words: before each dense layer but a first one; where there is none before the last layer with weights. */
export const placeOfDropout = (recipe: Recipe): string =>
  hasInnerDense(recipe) ? "before each dense layer" : "before the last layer";

const withoutDropout = ({ architecture }: Recipe): LayerSpec[] =>
  architecture.filter((layer) => layerName(layer) !== "dropout");

const hasInnerDense = (recipe: Recipe): boolean =>
  withoutDropout(recipe).some((layer, i) => i > 0 && layerName(layer) === "dense");

/** Dropout of `rate` there, in place of what dropout there was. */
export function withDropout(recipe: Recipe, rate: number): Recipe {
  const layers = withoutDropout(recipe);
  const last = layers.findLastIndex((layer) => /^(conv|separableConv|dense)/.test(layerName(layer)));
  const isPlace = hasInnerDense(recipe)
    ? (i: number) => i > 0 && layerName(layers[i]) === "dense"
    : (i: number) => i > 0 && i === last;
  const architecture = layers.flatMap((layer, i): LayerSpec[] =>
    isPlace(i) ? [{ dropout: { rate } }, layer] : [layer],
  );
  return { ...recipe, architecture };
}

/** Dropout layers at a rate of at most `rate`. */
export const withDropoutAtMost = (recipe: Recipe, rate: number): Recipe => ({
  ...recipe,
  architecture: recipe.architecture.map((layer) =>
    /dropout/i.test(layerName(layer))
      ? { [layerName(layer)]: { ...layerConfig(layer), rate: Math.min(rate, Number(layerConfig(layer).rate ?? 0)) } }
      : layer,
  ),
});

/** L2 penalty of `l2` on the weights of every convolution and dense layer. */
export const withWeightDecay = (recipe: Recipe, l2: number): Recipe => ({
  ...recipe,
  architecture: recipe.architecture.map((layer) =>
    /^(conv|separableConv|dense)/.test(layerName(layer))
      ? {
          [layerName(layer)]: {
            ...layerConfig(layer),
            kernelRegularizer: { className: "L1L2", config: { l1: 0, l2 } },
          },
        }
      : layer,
  ),
});

/** The strongest L2 penalty on the weights of a layer, 0 where there is none. */
export const weightDecayOf = (recipe: Recipe): number =>
  Math.max(0, ...recipe.architecture.map((layer) => l2Of(layerConfig(layer).kernelRegularizer)));

/** Keras' names: `L2 {l2}`, `L1L2 {l1, l2}`; without a number they mean 0.01. */
function l2Of(regularizer: unknown): number {
  if (typeof regularizer === "string") return l2Of({ className: regularizer });
  if (!regularizer || typeof regularizer !== "object") return 0;
  const { className = "", config = {} } = regularizer as { className?: string; config?: { l2?: number } };
  return /l2/i.test(className) ? Number(config.l2 ?? 0.01) : 0;
}

/** L2 penalties times `factor`; 0 takes them out, and L1 with them. */
export const withWeightDecayTimes = (recipe: Recipe, factor: number): Recipe => ({
  ...recipe,
  architecture: recipe.architecture.map((layer) => {
    const { kernelRegularizer, ...rest } = layerConfig(layer);
    if (!kernelRegularizer) return layer;
    const l2 = Number((factor * l2Of(kernelRegularizer)).toPrecision(3));
    return {
      [layerName(layer)]: l2 > 0 ? { ...rest, kernelRegularizer: { className: "L1L2", config: { l1: 0, l2 } } } : rest,
    };
  }),
});

/** Place of the layer that gives the answers: the last with weights; of a network of masks that is a convolution. */
export const answersAt = (names: string[]): number =>
  names.findLastIndex((name) => name === "dense" || /^(conv|separableConv|depthwiseConv)/.test(name));

/** Filters and units of every layer but the last times `factor`, at least 4. */
export function withWidth(recipe: Recipe, factor: number): Recipe {
  const last = answersAt(recipe.architecture.map(layerName));
  return {
    ...recipe,
    architecture: recipe.architecture.map((layer, i) => {
      const config = { ...layerConfig(layer) };
      if (i === last) return layer;
      for (const field of ["filters", "units"])
        if (typeof config[field] === "number")
          config[field] = Math.max(4, Math.round((config[field] as number) * factor));
      return { [layerName(layer)]: config };
    }),
  };
}

/** The strongest dropout in the recipe, 0 where there is none. */
export const dropoutOf = (recipe: Recipe): number =>
  Math.max(
    0,
    ...recipe.architecture.map((layer) =>
      /dropout/i.test(layerName(layer)) ? Number(layerConfig(layer).rate ?? 0) : 0,
    ),
  );

/** What in the recipe holds back memorising, in words; empty where nothing does. */
export function regularizersOf(recipe: Recipe): string[] {
  const found: string[] = [];
  if (dropoutOf(recipe) > 0) found.push(`dropout ${dropoutOf(recipe)}`);
  if (recipe.architecture.some((layer) => layerConfig(layer).kernelRegularizer)) found.push("weight decay");
  if (recipe.fit.augmentation && Object.values(recipe.fit.augmentation).some(Boolean)) found.push("augmentation");
  if ((recipe.compile.labelSmoothing ?? 0) > 0) found.push("label smoothing");
  if (recipe.fit.earlyStopping) found.push("early stopping");
  return found;
}

/** Every hidden layer twice; a network without one gets one. The second copy keeps the size of what it is given. */
export function withDepth(recipe: Recipe): Recipe {
  const names = recipe.architecture.map(layerName);
  const last = answersAt(names);
  const joined = new Set(recipe.architecture.map((layer) => layerConfig(layer).with));
  const architecture = recipe.architecture.flatMap((layer, i): LayerSpec[] => {
    const config = layerConfig(layer);
    if (i === last || (names[i] !== "dense" && names[i] !== "conv2d")) return [layer];
    const second = { [names[i]]: names[i] === "conv2d" ? { ...config, strides: 1, padding: "same" } : { ...config } };
    // What is joined further on is the second copy: two layers of one name would be one too many.
    const { name, ...nameless } = config;
    return [name !== undefined && joined.has(name) ? { [names[i]]: nameless } : layer, second];
  });
  if (architecture.length === recipe.architecture.length && names[last] === "dense")
    architecture.splice(last, 0, { dense: { units: 64, activation: "relu" } });
  return { ...recipe, architecture };
}
