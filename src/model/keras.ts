import { InputError } from "../errors.ts";
import { plain } from "./names.ts";

/** A layer as read, before its fields are checked; `field` is where it stands in the file. */
export interface RawLayer {
  name: string;
  config: unknown;
  field: string;
  configField: string;
}

/** Layers of a Sequential model and, where the file says it, the shape of its input. */
export interface RawArchitecture {
  layers: RawLayer[];
  inputShape?: number[];
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Whether this is what `model.to_json()` gives, rather than the short list. */
export const isKerasModel = (value: unknown): value is Json =>
  isObject(value) && ("class_name" in value || "className" in value);

/**
 * Reads Sequential JSON of Keras 2 (`batch_input_shape`, layers in `config` or in `config.layers`) and of Keras 3 (`module`,
 * `registered_name`, `batch_shape`).
 *
 * @throws InputError for models that are no plain sequence of layers
 */
export function readKerasModel(model: Json, file: string, field: string): RawArchitecture {
  const className = String(model.class_name ?? model.className);
  if (className !== "Sequential")
    throw new InputError({
      file,
      field,
      problem: `It is a ${className} model.`,
      remedy:
        "Give a Sequential model, or the list of its layers; a model with branches can be audited as a saved model.",
    });
  const nested = isObject(model.config) ? model.config.layers : model.config;
  const place = isObject(model.config) ? `${field}.config.layers` : `${field}.config`;
  if (!Array.isArray(nested))
    throw new InputError({
      file,
      field: place,
      problem: "There is no list of layers.",
      remedy: "Write it with model.to_json().",
    });

  const layers: RawLayer[] = [];
  let inputShape: number[] | undefined;
  nested.forEach((layer, i) => {
    const at = `${place}[${i}]`;
    if (!isKerasModel(layer))
      throw new InputError({
        file,
        field: at,
        problem: "It has no class_name.",
        remedy: "Write it with model.to_json().",
      });
    const name = String(layer.class_name ?? layer.className);
    const config = isObject(layer.config) ? layer.config : {};
    if (name === "Sequential" || name === "Functional" || name === "Model")
      throw new InputError({
        file,
        field: at,
        problem: `A ${name} model stands inside this one.`,
        remedy: "Write its layers into the outer list, or audit a saved model.",
      });
    inputShape ??= inputShapeOf(config);
    if (plain(name) !== "inputlayer") layers.push({ name, config, field: at, configField: `${at}.config` });
  });
  return { layers, inputShape };
}

/** The input's shape without the batch, where a layer's configuration gives one in full. */
export function inputShapeOf(config: Json): number[] | undefined {
  const batched = config.batch_shape ?? config.batch_input_shape ?? config.batchShape ?? config.batchInputShape;
  const shape = Array.isArray(batched) ? batched.slice(1) : (config.input_shape ?? config.inputShape ?? config.shape);
  return Array.isArray(shape) && shape.length === 3 && shape.every((size) => Number.isInteger(size))
    ? shape
    : undefined;
}
