import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { InferenceModel, io, Tensor } from "@tensorflow/tfjs-core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { Files } from "../dataset/types.ts";
import type { Engine } from "../engine/types.ts";
import { InputError } from "../errors.ts";
import { type ImageLayout, inputOf, layoutOf, type OutsideOptions, outputReader } from "./outside-model.ts";
import { runBatches } from "./predict.ts";
import { imageWriter } from "./preprocess.ts";
import type { Predictor } from "./types.ts";

interface ModelJson {
  format?: string;
  modelTopology?: { node?: unknown };
  weightsManifest?: { paths: string[]; weights: io.WeightsManifestEntry[] }[];
  [field: string]: unknown;
}

/**
 * Opens a model that TensorFlow.js saved, of layers or a graph: a folder with model.json and the files of weights it names.
 *
 * @param place the folder's path, or files whose keys are relative to it
 * @param folder for messages, and before each key
 * @throws InputError where files are missing or broken, the input is not the data's size, or the outputs do not fit the classes
 */
export async function openSavedModel(
  engine: Engine,
  place: string | Pick<Files, "read">,
  folder: string,
  options: OutsideOptions,
): Promise<Predictor> {
  const read =
    typeof place === "string"
      ? (key: string): Promise<Uint8Array> => readFile(join(place, key))
      : (key: string) => place.read(folder ? `${folder.replace(/\/$/, "")}/${key}` : key);
  const file = folder ? `${folder.replace(/\/$/, "")}/model.json` : "model.json";
  const { artifacts, graph } = await readArtifacts(read, file);
  const model = await load(engine, artifacts, graph, file);
  try {
    return await predictor(engine, model, file, options);
  } catch (error) {
    model.dispose();
    throw error;
  }
}

async function readArtifacts(
  read: (key: string) => Promise<Uint8Array>,
  file: string,
): Promise<{ artifacts: io.ModelArtifacts; graph: boolean }> {
  try {
    const json = JSON.parse(new TextDecoder().decode(await read("model.json"))) as ModelJson;
    const groups = json.weightsManifest ?? [];
    const weightSpecs = groups.flatMap(({ weights }) => weights);
    const parts = await Promise.all(groups.flatMap(({ paths }) => paths).map(read));
    const block = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      block.set(part, at);
      at += part.length;
    }
    const { weightsManifest: _, ...rest } = json;
    const artifacts = { ...rest, weightSpecs, weightData: block.buffer } as io.ModelArtifacts;
    return { artifacts, graph: json.format === "graph-model" || json.modelTopology?.node !== undefined };
  } catch (cause) {
    throw new InputError({
      file,
      problem: `The saved model cannot be read (${cause instanceof Error ? cause.message.split("\n")[0] : cause}).`,
      remedy: "Upload the whole folder: model.json and every file of weights that it names.",
      cause,
    });
  }
}

type Opened = (LayersModel | InferenceModel) & { dispose(): void };

async function load(engine: Engine, artifacts: io.ModelArtifacts, graph: boolean, file: string): Promise<Opened> {
  const handler = { load: async () => artifacts };
  try {
    if (!graph) return await engine.layers.loadLayersModel(handler);
    const { loadGraphModel } = await engine.converter();
    return (await loadGraphModel(handler)) as unknown as Opened;
  } catch (cause) {
    throw new InputError({
      file,
      problem: `The model does not open (${cause instanceof Error ? cause.message.split("\n")[0] : cause}).`,
      remedy: "Save it again with TensorFlow.js, or export it to ONNX.",
      cause,
    });
  }
}

async function predictor(engine: Engine, model: Opened, file: string, options: OutsideOptions): Promise<Predictor> {
  const { imageShape: shape, classes } = options;
  if (model.inputs.length !== 1 || model.outputs.length !== 1)
    throw new InputError({
      file,
      problem: `The model has ${model.inputs.length} inputs and ${model.outputs.length} outputs.`,
      remedy: "Give a model with one of each.",
    });
  const layout = layoutOf(model.inputs[0].shape ?? [], options, file);
  const input = inputOf(layout, options);
  const feed = { shape, channels: layout.channels, write: imageWriter(shape, input, file) };
  const run = (pixels: Uint8Array, net: Opened) =>
    runBatches(engine, feed, pixels, (x) => net.predict(channelsWhere(engine, x, layout), {}) as Tensor);
  const read = await outputReader((pixels) => run(pixels, model), layout, options, file);
  const body = featureModel(engine, model);
  return {
    classes,
    shape,
    async predict(pixels) {
      const { values } = await run(pixels, model);
      return values.length === 0 ? values : read(values);
    },
    ...(body ? { features: async (pixels: Uint8Array) => run(pixels, body) } : {}),
    dispose: () => model.dispose(),
  };
}

function channelsWhere({ tf }: Engine, x: Tensor, layout: ImageLayout): Tensor {
  return layout.order === "NHWC" ? x : tf.transpose(x, [0, 3, 1, 2]);
}

/** The network up to the last layer with weights; a graph does not show its layers. It shares the model's weights. */
function featureModel(engine: Engine, model: Opened): Opened | undefined {
  if (!("layers" in model)) return undefined;
  const head = model.layers.findLast((layer) => layer.weights.length > 0);
  if (!head || head === model.layers[0]) return undefined;
  return engine.layers.model({ inputs: model.inputs, outputs: head.input as SymbolicTensor }) as Opened;
}
