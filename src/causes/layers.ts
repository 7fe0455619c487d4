import { LAYERS, type Shape } from "../model/layer-catalogue.ts";
import type { LayerSpec, Recipe } from "../model/types.ts";
import { layerConfig, layerName } from "./recipes.ts";

/** One layer as an image passes through it. */
export interface Passed {
  name: string;
  config: Record<string, unknown>;
  /** Shape that goes in and comes out: [height, width, channels] or [features]. */
  input: Shape;
  output: Shape;
  /** Side of the square of the image that one value of the output sees, in pixels (Araujo et al. 2019, equation 2). */
  sees: number;
  /** Pixels of the image between neighbouring values of the output. */
  stride: number;
}

const side = (value: unknown, standard: number): number =>
  Array.isArray(value) ? Math.max(...(value as number[])) : typeof value === "number" ? value : standard;

/** Follows an image through the layers. */
export function passThrough(recipe: Recipe): Passed[] {
  let shape: Shape = [...recipe.input.size, recipe.input.channels];
  let sees = 1;
  let stride = 1;
  return recipe.architecture.map((layer) => {
    const [name, config] = [layerName(layer), layerConfig(layer)];
    const input = shape;
    shape = LAYERS[name]?.output(shape, config) ?? shape;
    if (config.kernelSize !== undefined || /Pooling2d$/.test(name)) {
      const pool = /Pooling2d$/.test(name) ? side(config.poolSize, 2) : undefined;
      const reach = pool ?? (side(config.kernelSize, 1) - 1) * side(config.dilationRate, 1) + 1;
      sees += (name.startsWith("global") ? 0 : reach - 1) * stride;
      stride *= name.startsWith("global") ? 1 : side(config.strides, pool ?? 1);
    }
    return { name, config, input, output: shape, sees, stride };
  });
}

export const isConvolution = (name: string): boolean => /^(conv|separableConv|depthwiseConv)/.test(name);
const HEADS = ["softmax", "sigmoid", "linear"];

/** What stands at the end of the network: the last activation by its name, and the number of outputs. */
export function headOf(recipe: Recipe): { activation: string; width: number } {
  const last = recipe.architecture[recipe.architecture.length - 1];
  const name = layerName(last);
  const width = passThrough(recipe).at(-1)!.output.at(-1)!;
  return { activation: name === "softmax" ? name : String(layerConfig(last).activation ?? "linear"), width };
}

/** The recipe with another activation at its end. */
export function withHead(recipe: Recipe, activation: string): Recipe {
  const before = recipe.architecture.slice(0, -1);
  const last = recipe.architecture[recipe.architecture.length - 1];
  const name = layerName(last);
  const layer: LayerSpec =
    name === "softmax" || name === "activation"
      ? { activation: { activation } }
      : { [name]: { ...layerConfig(last), activation } };
  return { ...recipe, architecture: [...before, layer] };
}

/** Whether the network ends in an activation that is applied to its scores, and not in a layer's own non-linearity. */
export const endsPlainly = (activation: string): boolean => HEADS.includes(activation);

/** Places of the layers with weights that are not the last one: the hidden ones. */
export function hiddenLayers(recipe: Recipe): number[] {
  const names = recipe.architecture.map(layerName);
  const last = names.lastIndexOf("dense");
  return [...names.keys()].filter((i) => i !== last && (isConvolution(names[i]) || names[i] === "dense"));
}
