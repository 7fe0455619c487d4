import type { InferenceSession } from "onnxruntime-node";
import { InputError } from "../errors.ts";
import { arrange, inputOf, layoutOf, type Outputs, type OutsideOptions, outputReader } from "./outside-model.ts";
import { imagesAtOnce, imagesIn } from "./predict.ts";
import { imageWriter } from "./preprocess.ts";
import type { Predictor } from "./types.ts";

/** Images a call where the model leaves it open. */
const BATCH = 64;

/**
 * Opens an ONNX model for prediction. The first output is taken; logits become probabilities.
 *
 * @param bytes the file
 * @param file for messages
 * @throws InputError where it is no model, its input is not the data's size, or its outputs do not fit the classes
 */
export async function openOnnx(bytes: Uint8Array, file: string, options: OutsideOptions): Promise<Predictor> {
  const { InferenceSession, Tensor } = await load(file);
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  } catch (cause) {
    throw new InputError({
      file,
      problem: `It does not open as an ONNX model (${cause instanceof Error ? cause.message.split("\n")[0] : cause}).`,
      remedy: "Export it again and upload the whole file.",
      cause,
    });
  }
  const input = session.inputMetadata[0];
  if (session.inputNames.length !== 1 || !input.isTensor || input.type !== "float32")
    throw new InputError({
      file,
      problem: `The model has ${session.inputNames.length} inputs, the first of type ${input.isTensor ? input.type : "sequence"}.`,
      remedy: "Give a model with one input of type float32.",
    });
  const { imageShape, classes, masks } = options;
  const layout = layoutOf(input.shape, options, file);
  const write = imageWriter(imageShape, inputOf(layout, options), file);
  const { height, width, channels } = layout;
  const size = height * width * channels;
  const source = imageShape.height * imageShape.width * imageShape.channels;
  // A model that answers with masks has features as large as its images.
  const batch = layout.batch ?? (masks ? imagesAtOnce(layout, BATCH) : BATCH);
  const dimensions = layout.order === "NHWC" ? [height, width, channels] : [channels, height, width];

  const run = async (pixels: Uint8Array): Promise<Outputs> => {
    const images = imagesIn(pixels, imageShape);
    let values = new Float32Array(0);
    let outputs = 0;
    let given: readonly number[] = [];
    for (let from = 0; from < images; from += batch) {
      const count = Math.min(batch, images - from);
      const rows = layout.batch ?? count; // a model of a fixed batch sees empty images after the last one
      const block = new Float32Array(rows * size);
      for (let i = 0; i < count; i++) write(pixels, (from + i) * source, block, i * size);
      const feed = new Tensor("float32", arrange(block, layout), [rows, ...dimensions]);
      const result = (await session.run({ [session.inputNames[0]]: feed }))[session.outputNames[0]];
      if (result.type !== "float32") throw notFloat(result.type, file);
      const read = result.data as Float32Array;
      if (from === 0) {
        given = result.dims;
        outputs = read.length / rows;
        values = new Float32Array(images * outputs);
      }
      values.set(read.subarray(0, count * outputs), from * outputs);
    }
    return { values, dimensions: given };
  };

  const read = await outputReader(run, layout, options, file);
  return {
    classes,
    shape: imageShape,
    async predict(pixels) {
      const { values } = await run(pixels);
      return values.length === 0 ? values : read(values);
    },
    dispose: () => void session.release(),
  };
}

const notFloat = (type: string, file: string): InputError =>
  new InputError({
    file,
    problem: `The model's output is of type ${type}: it says classes, and not how probable they are.`,
    remedy: "Export it without the argmax at its end, with an output of type float32.",
  });

async function load(file: string): Promise<typeof import("onnxruntime-node")> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new InputError({
      file,
      problem: "ONNX models need the package onnxruntime-node, which does not load here.",
      remedy: "Install it with `npm install onnxruntime-node`.",
      cause,
    });
  }
}
