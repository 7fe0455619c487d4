import { z } from "zod";
import type { ImageShape, Task } from "../dataset/types.ts";
import { InputError } from "../errors.ts";
import { inputShapeOf, isKerasModel, type RawArchitecture, readKerasModel } from "./keras.ts";
import { describe, LAYERS, type Shape, ShapeProblem } from "./layer-catalogue.ts";
import { layerConfig, layerName } from "./layer-config.ts";
import { camelKeys, plain } from "./names.ts";
import { parse } from "./recipe-schema.ts";
import type { LayerSpec, Scale } from "./types.ts";

/** Input as far as the recipe gives it, and the data's own shape. */
interface GivenInput {
  size?: [number, number];
  channels?: 1 | 3;
  fallback: ImageShape;
}

interface Architecture {
  architecture: LayerSpec[];
  /** Units of the output, at each pixel in segmentation: the classes, or 1 for two classes. */
  width: number;
  inputShape: [number, number, number];
  /** What a rescaling layer at the start does; it becomes part of the input. */
  scale?: Scale;
}

interface Placed {
  name: string;
  config: Record<string, unknown>;
  field: string;
  /** What later layers may call it. */
  id?: string;
}

/**
 * Reads and checks an architecture: every layer is known, shapes connect, the output fits the classes.
 *
 * @throws InputError naming the layer, `architecture[3].conv2d`, and what to do
 */
export function readArchitecture(
  given: unknown,
  file: string,
  classes: number,
  input: GivenInput,
  task: Task = "classification",
): Architecture {
  const raw = readLayers(given, file);
  const scale = takeRescaling(raw);
  const [height, width, channels] = raw.inputShape ?? [];
  const inputShape: [number, number, number] = [
    input.size?.[0] ?? height ?? input.fallback.height,
    input.size?.[1] ?? width ?? input.fallback.width,
    input.channels ?? channels ?? input.fallback.channels,
  ];
  if (inputShape[2] !== 1 && inputShape[2] !== 3)
    throw new InputError({
      file,
      field: "input.channels",
      problem: `The model takes ${inputShape[2]} channels.`,
      remedy: "Images have 1 (grey) or 3 (colour).",
    });
  const layers = raw.layers.map((layer): Placed => {
    const name = layerName(layer.name, file, layer.field);
    const config = layerConfig(name, layer.config, file, layer.configField);
    for (const field of ["units", "filters"]) if (config[field] === "classes") config[field] = classes;
    if (name === "reshape" && Array.isArray(config.targetShape))
      config.targetShape = config.targetShape.map((size) => (size === "classes" ? classes : size));
    const known = z.strictObject(LAYERS[name].fields);
    const id = (layer.config as { name?: unknown } | null)?.name;
    const named = typeof id === "string" ? { id } : {};
    return { name, config: parse(known, config, file, layer.configField), field: layer.configField, ...named };
  });
  const meant = new Set(layers.map(({ config }) => config.with));
  // Names that nothing refers to are left out: they change nothing.
  for (const layer of layers) if (layer.id !== undefined && meant.has(layer.id)) layer.config.name = layer.id;
  const shape = connect(layers, inputShape, file);
  const check = task === "segmentation" ? pixelWidth : classWidth;
  const output = check(layers, shape, inputShape, file, classes);
  return { architecture: layers.map(({ name, config }) => ({ [name]: config })), width: output, inputShape, scale };
}

function readLayers(given: unknown, file: string): RawArchitecture {
  if (typeof given === "string") {
    try {
      return readLayers(JSON.parse(given), file);
    } catch (cause) {
      if (cause instanceof InputError) throw cause;
      throw new InputError({
        file,
        field: "architecture",
        problem: "It is a text that is no JSON.",
        remedy: "Give what model.to_json() writes.",
        cause,
      });
    }
  }
  if (isKerasModel(given)) return readKerasModel(given, file, "architecture");
  if (!Array.isArray(given) || given.length === 0)
    throw new InputError({
      file,
      field: "architecture",
      problem: "It is no list of layers.",
      remedy: 'Give a list like [{"flatten": {}}, {"dense": {"units": "classes", "activation": "softmax"}}].',
    });
  const result: RawArchitecture = { layers: [] };
  given.forEach((layer, i) => {
    const field = `architecture[${i}]`;
    if (isKerasModel(layer)) {
      const read = readKerasModel({ class_name: "Sequential", config: [layer] }, file, field);
      result.inputShape ??= read.inputShape;
      result.layers.push(...read.layers.map((one) => ({ ...one, field, configField: `${field}.config` })));
      return;
    }
    const names = layer && typeof layer === "object" ? Object.keys(layer) : [];
    if (names.length !== 1)
      throw new InputError({
        file,
        field,
        problem: "A layer is an object with one key, its name.",
        remedy: 'Write {"conv2d": {"filters": 32, "kernelSize": 3}}.',
      });
    const config = layer[names[0]];
    result.inputShape ??= inputShapeOf(config ?? {});
    if (plain(names[0]) !== "inputlayer")
      result.layers.push({ name: names[0], config, field, configField: `${field}.${names[0]}` });
  });
  return result;
}

/** Takes a rescaling layer off the start: value x scale + offset is (value - mean) / std. */
function takeRescaling(raw: RawArchitecture): Scale | undefined {
  if (raw.layers.length === 0 || plain(raw.layers[0].name) !== "rescaling") return undefined;
  const { scale = 1, offset = 0 } = camelKeys(raw.layers.shift()!.config) as { scale?: number; offset?: number };
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-6;
  if (near(scale, 1 / 255) && near(offset, 0)) return "0..1";
  if (near(scale, 1 / 127.5) && near(offset, -1)) return "-1..1";
  if (near(scale, 1) && near(offset, 0)) return "0..255";
  return { mean: [-offset / scale], std: [1 / scale] };
}

/** Follows the shape of one image through the layers. */
function connect(layers: Placed[], input: Shape, file: string): Shape {
  const named = new Map<string, Shape>();
  let shape = input;
  for (const layer of layers) {
    try {
      shape = LAYERS[layer.name].output(shape, layer.config, named);
    } catch (error) {
      if (!(error instanceof ShapeProblem)) throw error;
      const field = error.field ? `${layer.field}.${error.field}` : layer.field;
      throw new InputError({ file, field, problem: error.problem, remedy: error.remedy });
    }
    if (typeof layer.config.name === "string") named.set(layer.config.name, shape);
  }
  if (layers.length > 0) return shape;
  throw new InputError({
    file,
    field: "architecture",
    problem: "There are no layers.",
    remedy: 'End it with {"dense": {"units": "classes", "activation": "softmax"}}.',
  });
}

/** Units of a classifier's output. */
function classWidth(layers: Placed[], shape: Shape, input: Shape, file: string, classes: number): number {
  const last = layers.at(-1)!;
  const joining = layers.find(({ config }) => config.with !== undefined);
  // What is tried on a classifier's layers (other poolings, other widths) would tear such joints apart.
  if (joining)
    throw new InputError({
      file,
      field: joining.field,
      problem: `The layer ${joining.name} joins branches, which a classifier's recipe cannot have here.`,
      remedy: "Give a plain sequence of layers; a model with branches can be audited as a saved model.",
    });
  if (shape.length !== 1)
    throw new InputError({
      file,
      field: (spreadDense(layers, input) ?? last).field,
      problem: `The model gives ${describe(shape)} for an image, not one number for each of ${classes} classes.`,
      remedy: "Put flatten or globalAveragePooling2d before the first dense layer.",
    });
  const [width] = shape;
  const single = width === 1 && classes === 2 && !endsInSoftmax(last);
  if (width !== classes && !single) {
    const dense = layers.findLast(({ name }) => name === "dense") ?? last;
    throw new InputError({
      file,
      field: dense.name === "dense" ? `${dense.field}.units` : dense.field,
      problem: `The model ends in ${width} ${width === 1 ? "unit" : "units"}, the data has ${classes} classes.`,
      remedy: 'Write "units": "classes" in the last dense layer.',
    });
  }
  return width;
}

/** The first dense layer that is applied to each place of an image by itself. */
function spreadDense(layers: Placed[], input: Shape): Placed | undefined {
  const named = new Map<string, Shape>();
  let shape = input;
  let spread: Placed | undefined;
  for (const layer of layers) {
    if (layer.name === "dense" && shape.length === 3) spread ??= layer;
    if (layer.name === "flatten" || layer.name.startsWith("global")) spread = undefined;
    shape = LAYERS[layer.name].output(shape, layer.config, named);
    if (typeof layer.config.name === "string") named.set(layer.config.name, shape);
  }
  return spread;
}

/**
 * Units at each pixel of a model that gives masks. Outputs in one row, as a dense layer gives them, are laid out as pixels: a
 * reshape is added.
 */
function pixelWidth(layers: Placed[], shape: Shape, input: Shape, file: string, classes: number): number {
  const last = layers.at(-1)!;
  const [height, width] = input;
  const whole = shape.reduce((product, size) => product * size, 1) / (height * width);
  const image = shape.length === 3 && shape[0] === height && shape[1] === width;
  const fits = whole === classes || (whole === 1 && classes === 2 && !endsInSoftmax(last));
  if (!fits || (!image && shape.length === 3))
    throw new InputError({
      file,
      field: last.field,
      problem: `The model gives ${describe(shape)} for an image, not one number for each of ${classes} classes at each of its ${height} x ${width} pixels.`,
      remedy: `End it at the image's size, with {"conv2d": {"filters": "classes", "kernelSize": 1, "activation": "softmax"}}.`,
    });
  if (!image) layers.push({ name: "reshape", config: { targetShape: [height, width, whole] }, field: last.field });
  const reshape = layers.at(-1)!;
  const before = layers.at(-2);
  if (reshape.name === "reshape" && before && endsInSoftmax(before))
    throw new InputError({
      file,
      field: before.field,
      problem: "Its softmax runs over all pixels at once: their probabilities would sum to one.",
      remedy: 'Take the activation out and write {"softmax": {}} after {"reshape": ...}.',
    });
  return whole;
}

const endsInSoftmax = ({ name, config }: Placed): boolean => name === "softmax" || config.activation === "softmax";
