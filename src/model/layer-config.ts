import { InputError } from "../errors.ts";
import { ACTIVATIONS, LAYERS } from "./layer-catalogue.ts";
import { camel, camelKeys, findName, suggestion } from "./names.ts";

/** Other names that Keras has or had for layers. */
const ALIASES: Record<string, string> = {
  convolution2d: "conv2d",
  convolution2dtranspose: "conv2dTranspose",
  separableconvolution2d: "separableConv2d",
  maxpool2d: "maxPooling2d",
  avgpool2d: "averagePooling2d",
  avgpooling2d: "averagePooling2d",
  globalmaxpool2d: "globalMaxPooling2d",
  globalavgpool2d: "globalAveragePooling2d",
  batchnorm: "batchNormalization",
};

const INITIALIZERS = [
  "Zeros",
  "Ones",
  "Constant",
  "RandomUniform",
  "RandomNormal",
  "TruncatedNormal",
  "VarianceScaling",
  "GlorotUniform",
  "GlorotNormal",
  "HeUniform",
  "HeNormal",
  "LeCunUniform",
  "LeCunNormal",
  "Orthogonal",
] as const;

/** Fields that Keras writes and that change nothing here. */
const IDLE = new Set(
  "name dtype trainable inputShape batchInputShape batchShape autocast keepdims groups dataFormat axis renorm synchronized renormMomentum virtualBatchSize inputAxes outputAxes negativeSlope threshold noiseShape sparse ragged optional".split(
    " ",
  ),
);

/** The tfjs name of a layer, however it is written. */
export function layerName(name: string, file: string, field: string): string {
  const found = findName(name, Object.keys(LAYERS), ALIASES);
  if (found) return found;
  const augmentation = /^random/i.test(name);
  throw new InputError({
    file,
    field,
    problem: `The layer ${name} is not supported.`,
    remedy: augmentation
      ? "Say what it does in fit.augmentation."
      : suggestion(name, [...Object.keys(LAYERS), ...Object.values(LAYERS).map(({ keras }) => keras)]),
  });
}

/**
 * A layer's configuration in tfjs' terms: camelCase, no empty fields, initializers and regularizers in one form.
 *
 * @throws InputError for what cannot be said in these terms
 */
export function layerConfig(layer: string, given: unknown, file: string, field: string): Record<string, unknown> {
  if (given === null || typeof given !== "object" || Array.isArray(given))
    throw new InputError({ file, field, problem: "A layer's configuration is an object.", remedy: "Write {}." });
  const config: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(given)) {
    const name = camel(key);
    const place = `${field}.${key}`;
    if (member === null || member === undefined) continue;
    const meant = meaning(layer, name, member, file, place);
    if (meant) config[meant[0]] = meant[1];
  }
  return config;
}

function meaning(
  layer: string,
  name: string,
  value: unknown,
  file: string,
  field: string,
): [name: string, value: unknown] | undefined {
  const refuse = (problem: string, remedy: string) => new InputError({ file, field, problem, remedy });
  if (name === "dataFormat" && camel(String(value)) === "channelsFirst")
    throw refuse("The data format channels_first is not supported.", "Use channels_last.");
  if ((name === "groups" || name === "depthMultiplier") && value === 1) return undefined;
  if (name === "dilationRate" && [value].flat().every((rate) => rate === 1)) return undefined;
  if (name === "groups") throw refuse("Grouped convolutions are not supported.", "Leave groups at 1.");
  if (layer === "leakyReLU" && name === "negativeSlope") return ["alpha", value];
  if (name === "trainable" && value === false)
    throw refuse("Layers that are not trained are not supported.", "Leave trainable out.");
  if (name === "axis" && layer !== "batchNormalization" && layer !== "layerNormalization" && layer !== "softmax")
    return [name, value];
  if (layer === "dropout" && name === "noiseShape")
    throw refuse("A noise shape is not supported.", "Leave it out, or use spatialDropout2d.");
  if (IDLE.has(name)) return undefined;
  if (/activation$/i.test(name)) return [name, activationName(value, file, field)];
  if (name.endsWith("Initializer")) return [name, initializer(value, file, field)];
  if (name.endsWith("Regularizer")) return [name, regularizer(value, file, field)];
  if (typeof value === "string" && ["padding", "interpolation"].includes(name)) return [name, value.toLowerCase()];
  return [name, value];
}

function activationName(value: unknown, file: string, field: string): string {
  const name = classOf(value);
  const found = findName(name, ACTIVATIONS, { silu: "swish" });
  if (found) return found;
  throw new InputError({
    file,
    field,
    problem: `The activation ${name} is not supported.`,
    remedy: /leaky|prelu/i.test(name) ? "Use a layer of its own: leakyReLU or prelu." : suggestion(name, ACTIVATIONS),
  });
}

const classOf = (value: unknown): string => {
  if (typeof value === "string") return value;
  const { className, class_name } = (value ?? {}) as { className?: string; class_name?: string };
  return String(className ?? class_name ?? JSON.stringify(value));
};

const configOf = (value: unknown): Record<string, unknown> => {
  if (typeof value === "string") return {};
  const config = (value as { config?: Record<string, unknown> }).config ?? {};
  const entries = Object.entries(camelKeys(config) as object).filter(
    ([key, member]) => member !== null && !IDLE.has(key),
  );
  return Object.fromEntries(entries.map(([key, member]) => [key, typeof member === "string" ? camel(member) : member]));
};

function initializer(value: unknown, file: string, field: string): unknown {
  const name = classOf(value);
  const found = findName(name, INITIALIZERS, { normal: "RandomNormal", uniform: "RandomUniform" });
  if (found) return { className: found, config: configOf(value) };
  throw new InputError({
    file,
    field,
    problem: `The initializer ${name} is not supported.`,
    remedy: suggestion(name, INITIALIZERS),
  });
}

/** L1, L2 or both, as tfjs writes them. Keras' standard strength is 0.01. */
function regularizer(value: unknown, file: string, field: string): unknown {
  const plainObject = typeof value === "object" && ("l1" in value! || "l2" in value!);
  const name = plainObject ? "l1l2" : classOf(value);
  const config = plainObject ? (value as Record<string, unknown>) : configOf(value);
  const kind = findName(name, ["l1", "l2", "l1l2"] as const);
  const standard = Object.keys(config).length > 0 ? 0 : 0.01;
  const strength = (which: "l1" | "l2") => Number(config[which] ?? (kind?.includes(which) ? standard : 0));
  if (kind && Number.isFinite(strength("l1") + strength("l2")))
    return { className: "L1L2", config: { l1: strength("l1"), l2: strength("l2") } };
  throw new InputError({
    file,
    field,
    problem: `The regularizer ${name} is not supported.`,
    remedy: 'Use {"className": "L1L2", "config": {"l1": 0, "l2": 0.001}}.',
  });
}
