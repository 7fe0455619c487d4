import type { Variable } from "@tensorflow/tfjs-core";
import type { ImageShape } from "../dataset/types.ts";
import { InputError } from "../errors.ts";
import type { BuiltModel } from "./build.ts";
import type { Recipe, TrainingSummary } from "./types.ts";

/** What `TrainedModel.save` keeps beside the weights. */
export interface SavedHeader {
  recipe: Recipe;
  classes: number;
  shape: ImageShape;
  summary: TrainingSummary;
}

const FORMAT = "errata/weights@1";

const variablesOf = (model: BuiltModel): Variable[] =>
  model.layers.flatMap((layer) => layer.weights.map((weight) => weight.read() as Variable));

/** One block: length of the header as a 32-bit little-endian number, the header as JSON, all weights as float32 in layer order. */
export async function packWeights(header: SavedHeader, model: BuiltModel): Promise<Uint8Array> {
  const variables = variablesOf(model);
  const shapes = variables.map(({ shape }) => shape);
  const json = new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...header, shapes }));
  const size = variables.reduce((sum, variable) => sum + variable.size, 0);
  const block = new Uint8Array(4 + json.length + 4 * size);
  new DataView(block.buffer).setUint32(0, json.length, true);
  block.set(json, 4);
  let at = 4 + json.length;
  for (const variable of variables) {
    const values = (await variable.data()) as Float32Array;
    block.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return block;
}

/** Reads what `packWeights` wrote. @throws InputError where the block is something else */
export function unpackWeights(block: Uint8Array, file: string): { header: SavedHeader; values: Float32Array } {
  try {
    const length = new DataView(block.buffer, block.byteOffset).getUint32(0, true);
    const { format, shapes, ...header } = JSON.parse(new TextDecoder().decode(block.subarray(4, 4 + length)));
    if (format !== FORMAT) throw new Error(`The format is ${format}.`);
    const size = (shapes as number[][]).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const bytes = block.slice(4 + length);
    if (bytes.length !== 4 * size) throw new Error(`It holds ${bytes.length} of ${4 * size} bytes of weights.`);
    return { header, values: new Float32Array(bytes.buffer) };
  } catch (cause) {
    throw new InputError({
      file,
      problem: "These are no weights that a training run of Errata saved, or only a part of them.",
      remedy: "Train again and keep the file as it is.",
      cause,
    });
  }
}

/** Puts saved values into a network of the same recipe. */
export function fillWeights(
  tf: { tensor(values: Float32Array, shape: number[]): { dispose(): void } & Parameters<Variable["assign"]>[0] },
  model: BuiltModel,
  values: Float32Array,
): void {
  let at = 0;
  for (const variable of variablesOf(model)) {
    const tensor = tf.tensor(values.slice(at, at + variable.size), variable.shape);
    variable.assign(tensor);
    tensor.dispose();
    at += variable.size;
  }
}
