/** Troubles of how layers look at the image: kernels, strides, pools and the places that are left. */
import { LAYERS, type Shape } from "../model/layer-catalogue.ts";
import type { LayerSpec, Recipe } from "../model/types.ts";
import type { Trouble } from "./architecture-troubles.ts";
import { isConvolution, type Passed } from "./layers.ts";
import { layerConfig, layerName, mapLayers, merged } from "./recipes.ts";

/** Windows beyond this part of the image's side are larger than what tells most objects apart. */
const WIDE = 1 / 4;

const size = (value: unknown): number => (Array.isArray(value) ? Math.max(...(value as number[])) : Number(value ?? 1));

export function noConvolution(layers: Passed[], side: number): Trouble | undefined {
  if (side < 8 || layers.some(({ name }) => isConvolution(name))) return undefined;
  const blocks = [16, 32].flatMap((filters): LayerSpec[] => [
    { conv2d: { filters, kernelSize: 3, padding: "same", activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
  ]);
  return {
    evidence: {
      measure: "convolutions",
      value: 0,
      reference: 1,
      says: "There is no convolution: what is learnt of a shape at one place is not known at the next.",
    },
    fixes: [
      {
        id: "convolutions in front",
        says: "training with two blocks of convolution and pooling in front",
        change: (before) => ({ ...before, architecture: [...blocks, ...before.architecture] }),
      },
    ],
  };
}

export function pixelwise(layers: Passed[]): Trouble | undefined {
  const kernels = layers.filter(({ name }) => isConvolution(name));
  if (kernels.length === 0 || kernels.some(({ config }) => size(config.kernelSize) > 1)) return undefined;
  return kernelTrouble(1, [3], "Every kernel is 1 x 1: no layer compares neighbouring pixels.");
}

export function wideKernel(layers: Passed[], side: number): Trouble | undefined {
  const widest = Math.max(
    0,
    ...layers.filter(({ name }) => isConvolution(name)).map(({ config }) => size(config.kernelSize)),
  );
  if (widest < 9 || widest < side * WIDE) return undefined;
  return kernelTrouble(
    widest,
    [3, 5],
    `A kernel is ${widest} x ${widest}, of an image of ${side} pixels: details are averaged away.`,
  );
}

const kernelTrouble = (value: number, instead: number[], says: string): Trouble => ({
  evidence: { measure: "kernel size, pixels", value, reference: 3, says },
  fixes: instead.map((kernelSize) => ({
    id: `kernels of ${kernelSize} x ${kernelSize}`,
    says: `training with kernels of ${kernelSize} x ${kernelSize} in every convolution`,
    change: (before) => {
      const changed = { kernelSize, ...(value < kernelSize ? { padding: "same" } : {}) };
      return mapLayers(before, (layer) => (isConvolution(layerName(layer)) ? merged(layer, changed) : layer));
    },
  })),
});

/** Spatial detail that is thrown away: by one layer of a large stride, or until hardly a place is left. */
export function coarse(layers: Passed[], side: number): Trouble | undefined {
  const maps = layers.filter(({ output }) => output.length === 3);
  const last = maps.at(-1);
  if (!last || side < 16) return undefined;
  const steepest = Math.max(...maps.map(({ input, output }) => input[0] / Math.max(1, output[0])));
  const places = last.output[0] * last.output[1];
  if (steepest < 3.5 && places >= 9) return undefined;
  return {
    evidence: {
      measure: steepest >= 3.5 ? "reduction by one layer" : "places left before the head",
      value: steepest >= 3.5 ? steepest : places,
      reference: steepest >= 3.5 ? 2 : 9,
      says:
        steepest >= 3.5
          ? `One layer makes the image ${steepest.toFixed(1)} times smaller at once.`
          : `Of ${side} x ${side} pixels ${last.output[0]} x ${last.output[1]} places are left before the head.`,
    },
    fixes: [
      {
        id: "gentler pooling",
        says: "training with strides and pools of at most 2, and fewer of them",
        change: gentler,
      },
      {
        id: "max pooling",
        says: "training with strides and pools of at most 2, fewer of them, and max pooling",
        change: (before: Recipe) => {
          const changed = gentler(before);
          return {
            ...changed,
            architecture: changed.architecture.map((layer) =>
              layerName(layer) === "averagePooling2d" ? { maxPooling2d: layerConfig(layer) } : layer,
            ),
          };
        },
      },
    ].slice(0, layers.some(({ name }) => name === "averagePooling2d") ? 2 : 1),
  };
}

/** Strides and pools of at most 2, and none of them once fewer than 8 pixels are left. */
function gentler(recipe: Recipe): Recipe {
  let shape: Shape = [...recipe.input.size, recipe.input.channels];
  const architecture = recipe.architecture.flatMap((layer): LayerSpec[] => {
    const name = layerName(layer);
    const config = { ...layerConfig(layer) };
    const pools = /^(max|average)Pooling2d$/.test(name);
    const room = shape.length === 3 && Math.min(shape[0], shape[1]) >= 8;
    if (pools && !room) return [];
    if (pools) {
      config.poolSize = Math.min(2, size(config.poolSize ?? 2));
      config.strides = Math.min(2, size(config.strides ?? config.poolSize));
    } else if (config.strides !== undefined) config.strides = room ? Math.min(2, size(config.strides)) : 1;
    shape = LAYERS[name]?.output(shape, config) ?? shape;
    return [{ [name]: config }];
  });
  return { ...recipe, architecture };
}

/** With global pooling each place must see enough of an object by itself. */
export function shortSighted(layers: Passed[], side: number): Trouble | undefined {
  const pool = layers.findIndex(({ name }) => name.startsWith("global"));
  const before = layers[pool - 1];
  if (!before || before.sees >= side * WIDE || side < 16) return undefined;
  return {
    evidence: {
      measure: "receptive field before global pooling, pixels",
      value: before.sees,
      reference: Math.ceil(side / 2),
      says: `Global pooling averages places that each see ${before.sees} of ${side} pixels: less than an object.`,
    },
    fixes: [
      {
        id: "a larger receptive field",
        says: "training with two more blocks of convolution and pooling before global pooling",
        change: (recipe) => {
          const at = recipe.architecture.findIndex((layer) => layerName(layer).startsWith("global"));
          const block: LayerSpec[] = [
            { maxPooling2d: { poolSize: 2 } },
            { conv2d: { filters: before.output[2], kernelSize: 3, padding: "same", activation: "relu" } },
          ];
          return { ...recipe, architecture: recipe.architecture.toSpliced(at, 0, ...block, ...block) };
        },
      },
      {
        id: "flatten in place of global pooling",
        says: "training with the places kept apart (flatten) in place of global pooling",
        change: (recipe) =>
          mapLayers(recipe, (layer) => (layerName(layer).startsWith("global") ? { flatten: {} } : layer)),
      },
    ],
  };
}
