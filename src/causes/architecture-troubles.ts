import { LAYERS, type Shape } from "../model/layer-catalogue.ts";
import type { LayerSpec, Recipe } from "../model/types.ts";
import { startOf, withUsualStart } from "./initial-weights.ts";
import { hiddenLayers, isConvolution, type Passed, passThrough } from "./layers.ts";
import { layerConfig, layerName } from "./recipes.ts";
import { many } from "./say.ts";
import type { Evidence } from "./types.ts";

/** Something about the architecture that rarely fits, and the change that would put it right. */
export interface Trouble {
  evidence: Evidence;
  fixes: { id: string; says: string; change(recipe: Recipe): Recipe }[];
}

/** Windows beyond this part of the image's side are larger than what tells most objects apart. */
const WIDE = 1 / 4;
/** Units or filters below which a layer hardly lets anything through. */
const NARROW = 3;
/** Initial weights smaller or larger than this, in units of He's: signals fade or blow up within a few layers. */
const START = { least: 1 / 20, most: 4 };

/**
 * All that is odd in a recipe's architecture, the gravest first. A network of masks brings back what it pooled, and whether it convolves
 * at all is asked by task-mismatch.
 */
export function troublesOf(recipe: Recipe, masks: boolean): Trouble[] {
  const layers = passThrough(recipe);
  const side = Math.min(...recipe.input.size);
  return [
    linearThroughout(recipe),
    saturating(recipe),
    constantStart(layers, hiddenLayers(recipe)),
    wildStart(layers),
    masks ? undefined : noConvolution(layers, side),
    pixelwise(layers),
    wideKernel(layers, side),
    ...(masks ? [] : [coarse(layers, side), shortSighted(layers, side)]),
    bottleneck(recipe),
  ].filter((each) => each !== undefined);
}

const mapLayers = (recipe: Recipe, change: (layer: LayerSpec, i: number) => LayerSpec): Recipe => ({
  ...recipe,
  architecture: recipe.architecture.map(change),
});
const merged = (layer: LayerSpec, config: Record<string, unknown>): LayerSpec => ({
  [layerName(layer)]: { ...layerConfig(layer), ...config },
});
const size = (value: unknown): number => (Array.isArray(value) ? Math.max(...(value as number[])) : Number(value ?? 1));
const NONLINEAR = /^(activation|reLU|leakyReLU|elu|prelu)$/;

const hidden = (recipe: Recipe, config: (layer: LayerSpec) => Record<string, unknown>): Recipe => {
  const places = new Set(hiddenLayers(recipe));
  return mapLayers(recipe, (layer, i) => (places.has(i) ? merged(layer, config(layer)) : layer));
};

function linearThroughout(recipe: Recipe): Trouble | undefined {
  const places = hiddenLayers(recipe);
  const before = recipe.architecture.slice(0, -1);
  if (places.length === 0 || before.some((layer) => NONLINEAR.test(layerName(layer)))) return undefined;
  const linear = places.filter((i) => (layerConfig(recipe.architecture[i]).activation ?? "linear") === "linear");
  if (linear.length < places.length) return undefined;
  return {
    evidence: {
      measure: "hidden layers with a non-linear activation",
      value: 0,
      reference: places.length,
      says: `None of the ${many(places.length, "hidden layer")} has an activation: together they are little more than one linear map.`,
    },
    fixes: [
      {
        id: "relu in the hidden layers",
        says: "training with relu after every hidden layer",
        change: (before) => hidden(before, () => ({ activation: "relu" })),
      },
    ],
  };
}

function saturating(recipe: Recipe): Trouble | undefined {
  const places = hiddenLayers(recipe);
  const found = places.filter((i) =>
    ["sigmoid", "hardSigmoid", "softmax", "softsign"].includes(
      String(layerConfig(recipe.architecture[i]).activation ?? "linear"),
    ),
  );
  if (found.length === 0) return undefined;
  const { activation } = layerConfig(recipe.architecture[found[0]]);
  return {
    evidence: {
      measure: "hidden layers that saturate",
      value: found.length,
      reference: 0,
      says: `${many(found.length, "hidden layer")} ${found.length === 1 ? "ends" : "end"} in ${activation}, through which hardly any gradient comes back.`,
    },
    fixes: [
      {
        id: "relu in the hidden layers",
        says: `training with relu in place of ${activation} in the hidden layers`,
        change: (before) => hidden(before, () => ({ activation: "relu" })),
      },
    ],
  };
}

/** A head may well start from zeros: its units are told apart by their classes. */
function constantStart(layers: Passed[], hidden: number[]): Trouble | undefined {
  const places = hidden.filter((i) => startOf(layers[i])?.spread === 0);
  if (places.length === 0) return undefined;
  return {
    evidence: {
      measure: "layers that start from constant weights",
      value: places.length,
      reference: 0,
      says: `${many(places.length, "layer")} ${places.length === 1 ? "starts" : "start"} from constant weights: all units of such a layer learn the same.`,
    },
    fixes: [usualStart(places)],
  };
}

function wildStart(layers: Passed[]): Trouble | undefined {
  const odd = layers.flatMap((layer, i) => {
    const { spread, usual } = startOf(layer) ?? { spread: 1, usual: 1 };
    const times = spread / usual;
    return spread > 0 && (times > START.most || times < START.least) ? [{ i, times }] : [];
  });
  if (odd.length === 0) return undefined;
  const [{ times }] = odd.sort((a, b) => Math.abs(Math.log(b.times)) - Math.abs(Math.log(a.times)));
  return {
    evidence: {
      measure: "initial weights over their usual size",
      value: times,
      reference: 1,
      says: `${many(odd.length, "layer")} ${odd.length === 1 ? "starts" : "start"} from weights up to ${times > 1 ? `${times.toFixed(1)} times larger than what keeps signals at their size: they blow up` : `${(1 / times).toFixed(0)} times smaller than what keeps signals at their size: they fade`} from layer to layer.`,
    },
    fixes: [usualStart(odd.map(({ i }) => i))],
  };
}

const usualStart = (places: number[]): Trouble["fixes"][number] => ({
  id: "usual initial weights",
  says: `training from random weights of usual size (Glorot) in ${many(places.length, "layer")}`,
  change: (before) => withUsualStart(before, new Set(places)),
});

function noConvolution(layers: Passed[], side: number): Trouble | undefined {
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

function pixelwise(layers: Passed[]): Trouble | undefined {
  const kernels = layers.filter(({ name }) => isConvolution(name));
  if (kernels.length === 0 || kernels.some(({ config }) => size(config.kernelSize) > 1)) return undefined;
  return kernelTrouble(1, "Every kernel is 1 x 1: no layer compares neighbouring pixels.");
}

function wideKernel(layers: Passed[], side: number): Trouble | undefined {
  const widest = Math.max(
    0,
    ...layers.filter(({ name }) => isConvolution(name)).map(({ config }) => size(config.kernelSize)),
  );
  if (widest < 9 || widest < side * WIDE) return undefined;
  return kernelTrouble(
    widest,
    `A kernel is ${widest} x ${widest}, of an image of ${side} pixels: details are averaged away.`,
  );
}

const kernelTrouble = (value: number, says: string): Trouble => ({
  evidence: { measure: "kernel size, pixels", value, reference: 3, says },
  fixes: [3, 5].map((kernelSize) => ({
    id: `kernels of ${kernelSize} x ${kernelSize}`,
    says: `training with kernels of ${kernelSize} x ${kernelSize} in every convolution`,
    change: (before) => {
      const changed = { kernelSize, ...(value < kernelSize ? { padding: "same" } : {}) };
      return mapLayers(before, (layer) => (isConvolution(layerName(layer)) ? merged(layer, changed) : layer));
    },
  })),
});

/** Spatial detail that is thrown away: by one layer of a large stride, or until hardly a place is left. */
function coarse(layers: Passed[], side: number): Trouble | undefined {
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
function shortSighted(layers: Passed[], side: number): Trouble | undefined {
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
        id: "flatten in place of global pooling",
        says: "training with the places kept apart (flatten) in place of global pooling",
        change: (recipe) =>
          mapLayers(recipe, (layer) => (layerName(layer).startsWith("global") ? { flatten: {} } : layer)),
      },
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
    ],
  };
}

function bottleneck(recipe: Recipe): Trouble | undefined {
  const classes = passThrough(recipe).at(-1)!.output.at(-1)!;
  const width = (layer: LayerSpec) => Number(layerConfig(layer).filters ?? layerConfig(layer).units ?? Number.NaN);
  const narrow = (layer: LayerSpec) =>
    layerName(layer) === "dense" ? width(layer) < Math.min(classes, 8) : width(layer) <= NARROW;
  const places = hiddenLayers(recipe).filter((i) => narrow(recipe.architecture[i]));
  if (places.length === 0) return undefined;
  const least = Math.min(...places.map((i) => width(recipe.architecture[i])));
  return {
    evidence: {
      measure: "filters or units of the narrowest hidden layer",
      value: least,
      reference: classes,
      says: `A hidden layer lets ${many(least, "value")} through, with ${many(classes, "class", "classes")} to tell apart.`,
    },
    fixes: [
      {
        id: "no bottleneck",
        says: "training with at least 16 filters or 4 units a class in every hidden layer",
        change: (before) =>
          hidden(before, (layer) =>
            layerName(layer) === "dense"
              ? { units: Math.max(width(layer), 4 * classes) }
              : layerConfig(layer).filters === undefined
                ? {}
                : { filters: Math.max(width(layer), 16) },
          ),
      },
    ],
  };
}
