import type { Tensor } from "@tensorflow/tfjs-core";
import type { layers as tfLayers } from "@tensorflow/tfjs-layers";
import type { Engine } from "../engine/types.ts";
import { deriveSeed } from "../random.ts";
import { seedDropout } from "./dropout.ts";
import { type HeadActivation, isHeadActivation } from "./head.ts";
import type { LayerSpec, Recipe } from "./types.ts";

type Layer = ReturnType<typeof tfLayers.dense>;

/** A network whose last activation is left to `head.ts`. */
export interface BuiltModel {
  layers: Layer[];
  activation: HeadActivation;
  /** Units of the last layer, at each pixel in segmentation: the number of classes, or 1 for two classes. */
  width: number;
  parameters: number;
  /** What comes before the activation, [images, width] or [images, height, width, width]. Call it inside `tidy`. */
  forward(x: Tensor, training: boolean): Tensor;
  /** What goes into the last layer with weights, [images, features]. Call it inside `tidy`. */
  features(x: Tensor): Tensor;
  /** Sum of the penalties on weights, where the recipe has any. */
  penalties(): Tensor[];
  dispose(): void;
}

/** Initializers that draw numbers. */
const RANDOM = /uniform|normal|varianceScaling|orthogonal/i;

/** The initializers of each layer, by tfjs' own defaults. */
const INITIALIZERS: Record<string, Record<string, string>> = {
  conv2d: { kernelInitializer: "glorotUniform" },
  conv2dTranspose: { kernelInitializer: "glorotUniform" },
  dense: { kernelInitializer: "glorotUniform" },
  depthwiseConv2d: { depthwiseInitializer: "glorotUniform" },
  separableConv2d: { depthwiseInitializer: "glorotUniform", pointwiseInitializer: "glorotUniform" },
};

/**
 * Builds a recipe's network. Every initializer and every dropout draws from `seed`, unless the recipe gives it a seed of its own.
 */
export function buildModel(engine: Engine, recipe: Recipe, seed: number): BuiltModel {
  const { architecture, activation } = splitHead(recipe.architecture);
  const layers = architecture.map((spec, i) => makeLayer(engine, spec, deriveSeed(seed, "layer", i)));
  const [names, joined] = [architecture.map(nameOf), architecture.map(joinedWith)];
  const shapes = new Map<string, (number | null)[]>();
  let shape: (number | null)[] = [null, ...recipe.input.size, recipe.input.channels];
  layers.forEach((layer, i) => {
    const other = joined[i];
    const input = other === undefined ? shape : [shape, shapes.get(other)!];
    layer.build(input as (number | null)[]);
    layer.built = true;
    shape = layer.computeOutputShape(input as (number | null)[]) as (number | null)[];
    const name = names[i];
    if (name !== undefined) shapes.set(name, shape);
  });
  const run = (x: Tensor, upTo: number, training: boolean): Tensor => {
    const kept = new Map<string, Tensor>();
    let value = x;
    for (let i = 0; i < upTo; i++) {
      const other = joined[i];
      const input = other === undefined ? value : [value, kept.get(other)!];
      value = layers[i].call(input, { training }) as Tensor;
      const name = names[i];
      if (name !== undefined) kept.set(name, value);
    }
    return value;
  };
  const head = layers.findLastIndex((layer) => layer.trainableWeights.length > 0);
  return {
    layers,
    activation,
    width: shape.at(-1) as number,
    parameters: layers.reduce((sum, layer) => sum + layer.countParams(), 0),
    forward: (x, training) => run(x, layers.length, training),
    features: (x) => {
      const value = run(x, Math.max(0, head), false);
      return engine.tf.reshape(value, [x.shape[0], -1]);
    },
    penalties: () => layers.flatMap((layer) => layer.calculateLosses()),
    dispose: () => {
      for (const layer of layers) for (const weight of layer.weights) weight.dispose();
    },
  };
}

const configOf = (spec: LayerSpec): Record<string, unknown> => Object.values(spec)[0];
const nameOf = (spec: LayerSpec): string | undefined => configOf(spec).name as string | undefined;
/** The name of the earlier layer whose values a layer joins with its own. */
const joinedWith = (spec: LayerSpec): string | undefined => configOf(spec).with as string | undefined;

/**
 * Takes softmax, sigmoid or nothing off the end of the network. Any other activation stays in it and counts as linear. A reshape at
 * the end leaves single values as they are: what stands before it is the head.
 */
export function splitHead(architecture: LayerSpec[]): { architecture: LayerSpec[]; activation: HeadActivation } {
  const last = architecture.at(-1)!;
  const [name, config] = Object.entries(last)[0];
  const rest = architecture.slice(0, -1);
  if (name === "reshape" && rest.length > 0) {
    const before = splitHead(rest);
    if (before.activation !== "softmax") return { ...before, architecture: [...before.architecture, last] };
    return { architecture, activation: "linear" };
  }
  if (name === "softmax") return { architecture: rest, activation: "softmax" };
  const activation = config.activation ?? "linear";
  if (!isHeadActivation(activation)) return { architecture, activation: "linear" };
  if (name === "activation") return { architecture: rest, activation };
  return { architecture: [...rest, { [name]: { ...config, activation: "linear" } }], activation };
}

function makeLayer(engine: Engine, spec: LayerSpec, seed: number): Layer {
  const [name, given] = Object.entries(spec)[0];
  const { name: _name, with: _with, ...own } = given;
  const config: Record<string, unknown> = name === "concatenate" ? { ...own, axis: -1 } : own;
  for (const [field, standard] of Object.entries(INITIALIZERS[name] ?? {})) config[field] ??= standard;
  for (const field of Object.keys(config))
    if (field.endsWith("Initializer")) config[field] = seeded(config[field], deriveSeed(seed, field));
  const spatial = name === "spatialDropout2d";
  const factory = engine.layers.layers as unknown as Record<string, (config: object) => Layer>;
  const layer = factory[spatial ? "dropout" : name](config);
  if (spatial || name === "dropout") {
    const rate = Number(config.rate ?? 0);
    const own = typeof config.seed === "number" ? config.seed : seed;
    seedDropout(layer, engine, own, rate, spatial ? "channel" : "value");
  }
  return layer;
}

function seeded(initializer: unknown, seed: number): unknown {
  const named =
    typeof initializer === "string"
      ? { className: initializer, config: {} }
      : (initializer as { className: string; config?: Record<string, unknown> });
  const className = named.className[0].toUpperCase() + named.className.slice(1);
  if (!RANDOM.test(className)) return { className, config: named.config ?? {} };
  return { className, config: { ...named.config, seed: named.config?.seed ?? seed } };
}
