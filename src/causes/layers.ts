import { LAYERS, type Shape } from "../model/layer-catalogue.ts";
import type { LayerSpec, Recipe } from "../model/types.ts";
import { answersAt, layerConfig, layerName } from "./recipes.ts";

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

/** Follows an image through the layers. What joins an earlier layer sees no more than its longer way. */
export function passThrough(recipe: Recipe): Passed[] {
  let shape: Shape = [...recipe.input.size, recipe.input.channels];
  const named = new Map<string, Shape>();
  let sees = 1;
  let stride = 1;
  return recipe.architecture.map((layer) => {
    const [name, config] = [layerName(layer), layerConfig(layer)];
    const input = shape;
    shape = LAYERS[name]?.output(shape, config, named) ?? shape;
    if (typeof config.name === "string") named.set(config.name, shape);
    if (name === "upSampling2d") stride /= side(config.size, 2);
    else if (name === "conv2dTranspose") {
      const steps = side(config.strides, 1);
      sees += (Math.ceil(side(config.kernelSize, 1) / steps) - 1) * stride;
      stride /= steps;
    } else if (config.kernelSize !== undefined || /Pooling2d$/.test(name)) {
      const pool = /Pooling2d$/.test(name) ? side(config.poolSize, 2) : undefined;
      const reach = pool ?? (side(config.kernelSize, 1) - 1) * side(config.dilationRate, 1) + 1;
      sees += (name.startsWith("global") ? 0 : reach - 1) * stride;
      stride *= name.startsWith("global") ? 1 : side(config.strides, pool ?? 1);
    }
    return { name, config, input, output: shape, sees, stride };
  });
}

const product = (shape: Shape): number => shape.reduce((all, size) => all * size, 1);

/** Pixels under a layer's kernel; 1 where it has none. */
export function kernelPlaces({ kernelSize }: Passed["config"]): number {
  return Array.isArray(kernelSize) ? product(kernelSize as Shape) : Number(kernelSize ?? 1) ** 2;
}

/** Weights that a layer holds, those that training does not move among them. */
export function parametersOf({ name, config, input, output }: Passed): number {
  const [given, made] = [input.at(-1)!, output.at(-1)!];
  const bias = (count: number) => (config.useBias === false ? 0 : count);
  const places = kernelPlaces(config);
  if (name === "dense") return given * made + bias(made);
  if (name === "conv2d" || name === "conv2dTranspose") return places * given * made + bias(made);
  if (name === "depthwiseConv2d") return places * made + bias(made);
  if (name === "separableConv2d") {
    const deep = given * Number(config.depthMultiplier ?? 1);
    return places * deep + deep * made + bias(made);
  }
  if (name === "batchNormalization") return 4 * made;
  if (name === "layerNormalization") return 2 * made;
  if (name === "prelu") {
    const shared = [config.sharedAxes ?? []].flat() as number[];
    return product(output.filter((_, axis) => !shared.includes(axis + 1)));
  }
  return 0;
}

export const isConvolution = (name: string): boolean => /^(conv|separableConv|depthwiseConv)/.test(name);
const HEADS = ["softmax", "sigmoid", "linear"];

/** What stands at the end of the network: the last activation by its name, and the number of outputs. */
export function headOf(recipe: Recipe): { activation: string; width: number } {
  const last = recipe.architecture[headAt(recipe)];
  const name = layerName(last);
  const width = passThrough(recipe).at(-1)!.output.at(-1)!;
  return { activation: name === "softmax" ? name : String(layerConfig(last).activation ?? "linear"), width };
}

/** The last layer that computes: what lays a dense layer's outputs out as pixels comes after the head. */
const headAt = ({ architecture }: Recipe): number =>
  Math.max(
    0,
    architecture.findLastIndex((layer) => layerName(layer) !== "reshape"),
  );

/** The recipe with another activation at its end. */
export function withHead(recipe: Recipe, activation: string): Recipe {
  const at = headAt(recipe);
  const last = recipe.architecture[at];
  const name = layerName(last);
  const layer: LayerSpec =
    name === "softmax" || name === "activation"
      ? { activation: { activation } }
      : { [name]: { ...layerConfig(last), activation } };
  return { ...recipe, architecture: recipe.architecture.with(at, layer) };
}

/** Whether the network ends in an activation that is applied to its scores, and not in a layer's own non-linearity. */
export const endsPlainly = (activation: string): boolean => HEADS.includes(activation);

/** Places of the layers with weights that are not the last one: the hidden ones. */
export function hiddenLayers(recipe: Recipe): number[] {
  const names = recipe.architecture.map(layerName);
  const last = answersAt(names);
  return [...names.keys()].filter((i) => i !== last && (isConvolution(names[i]) || names[i] === "dense"));
}
