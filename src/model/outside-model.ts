import type { ImageShape } from "../dataset/types.ts";
import { InputError } from "../errors.ts";
import { type Head, probabilitiesOf } from "./head.ts";
import { channelsLast, maskLayoutOf } from "./mask-output.ts";
import type { Recipe } from "./types.ts";

/** How a model that was made elsewhere is to be used. */
export interface OutsideOptions {
  /** Number of the dataset's classes. */
  classes: number;
  /** Shape of the data's images. */
  imageShape: ImageShape;
  /** What the model's first layer wants to see. Default: 0..1, RGB. */
  input?: Partial<Pick<Recipe["input"], "scale" | "order">>;
  /** Whether it answers with masks: a value a class for every pixel. */
  masks?: boolean;
}

/** Where the channels are: [images, height, width, channels] or [images, channels, height, width]. */
export interface ImageLayout {
  order: "NHWC" | "NCHW";
  height: number;
  width: number;
  channels: 1 | 3;
  /** Images a call, where the model fixes it. */
  batch?: number;
}

/**
 * Reads the layout from the dimensions of a model's input. Open dimensions take the data's size.
 *
 * @param dimensions of the input; what is no positive number is open
 * @throws InputError where it takes no images
 */
export function layoutOf(dimensions: readonly unknown[], { imageShape }: OutsideOptions, file: string): ImageLayout {
  const sizes = dimensions.map((size) => (typeof size === "number" && size > 0 ? size : undefined));
  const isChannels = (size: number | undefined) => size === 1 || size === 3;
  const first = sizes.length === 4 && isChannels(sizes[1]) && !isChannels(sizes[3]);
  const last = sizes.length === 4 && isChannels(sizes[3]);
  if (!first && !last)
    throw new InputError({
      file,
      problem: `The model's input is [${dimensions.join(", ")}], which is no batch of images with 1 or 3 channels.`,
      remedy: "Give a model that takes [images, height, width, channels] or [images, channels, height, width].",
    });
  const [height, width, channels] = first ? [sizes[2], sizes[3], sizes[1]] : [sizes[1], sizes[2], sizes[3]];
  return {
    order: first ? "NCHW" : "NHWC",
    height: height ?? imageShape.height,
    width: width ?? imageShape.width,
    channels: channels as 1 | 3,
    batch: sizes[0],
  };
}

/** The input as a recipe would say it. */
export const inputOf = (layout: ImageLayout, { input }: OutsideOptions): Recipe["input"] => ({
  size: [layout.height, layout.width],
  channels: layout.channels,
  scale: input?.scale ?? "0..1",
  order: input?.order ?? "rgb",
});

/** Moves the channels of each image to the front where the model wants them there. */
export function arrange(batch: Float32Array, { order, height, width, channels }: ImageLayout): Float32Array {
  if (order === "NHWC" || channels === 1) return batch;
  const pixels = height * width;
  const result = new Float32Array(batch.length);
  for (let from = 0; from < batch.length; from += pixels * channels)
    for (let i = 0; i < pixels; i++)
      for (let c = 0; c < channels; c++) result[from + c * pixels + i] = batch[from + i * channels + c];
  return result;
}

/** What a model gave for some images. */
export interface Outputs {
  values: Float32Array;
  /** Of the tensor, its images first. */
  dimensions: readonly number[];
}

/**
 * How a model's outputs become probabilities, told by those for noise.
 *
 * @param run gives the outputs for some images
 * @returns what makes [images, classes] of outputs, of masks [images, height, width, classes]; rows sum to one
 * @throws InputError where the model does not run on the data's images, or its outputs do not fit the classes
 */
export async function outputReader(
  run: (pixels: Uint8Array) => Promise<Outputs>,
  { order }: ImageLayout,
  options: OutsideOptions,
  file: string,
): Promise<(values: Float32Array) => Float32Array> {
  const { classes, imageShape, masks } = options;
  const images = masks ? 1 : 4;
  const { values, dimensions } = await run(noise(imageShape, images)).catch((cause: unknown) => {
    throw cause instanceof InputError ? cause : doesNotRun(cause, imageShape, file);
  });
  if (masks) {
    const layout = maskLayoutOf(dimensions, order, options, file);
    const pixels = imageShape.height * imageShape.width;
    const kind = judgeOutputs(channelsLast(values, layout, pixels), layout.channels);
    return (given) => toProbabilities(channelsLast(given, layout, pixels), layout.channels, classes, kind);
  }
  const width = values.length / images;
  checkOutputs(width, options, file);
  const kind = judgeOutputs(values, width);
  return (given) => toProbabilities(given, width, classes, kind);
}

const doesNotRun = (cause: unknown, { height, width }: ImageShape, file: string): InputError =>
  new InputError({
    file,
    problem: `The model does not run on images of ${height} x ${width} pixels (${cause instanceof Error ? cause.message.split("\n")[0] : cause}).`,
    remedy:
      'In errata.json name the size that it was made for: {"subject": {"model": ..., "input": {"size": [height, width]}}}.',
    cause,
  });

/** @throws InputError where the number of outputs does not fit the classes */
function checkOutputs(width: number, { classes }: OutsideOptions, file: string): void {
  if (width === classes || (width === 1 && classes === 2)) return;
  throw new InputError({
    file,
    problem: `The model gives ${width} ${width === 1 ? "output" : "outputs"} for an image, the data has ${classes} classes.`,
    remedy: "Give a model that was trained on these classes.",
  });
}

/** What outputs are, judged by their values: a distribution, chances of their own between 0 and 1, or logits. */
function judgeOutputs(values: Float32Array, width: number): "distribution" | "chances" | "logits" {
  if (values.some((value) => value < 0 || value > 1.0001)) return "logits";
  for (let from = 0; width > 1 && from < values.length; from += width) {
    const sum = values.subarray(from, from + width).reduce((total, value) => total + value, 0);
    if (Math.abs(sum - 1) > 0.01) return "chances";
  }
  return width > 1 ? "distribution" : "chances";
}

/** Class probabilities, [images, classes], rows sum to one. */
function toProbabilities(
  values: Float32Array,
  width: number,
  classes: number,
  kind: ReturnType<typeof judgeOutputs>,
): Float32Array {
  const head: Head = { activation: "linear", linear: kind === "logits" ? "logits" : "values" };
  return probabilitiesOf(values, width, classes, head);
}

/** Images of even noise, 0..255, on which a model shows what its outputs are. */
function noise({ height, width, channels }: ImageShape, images: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: images * height * width * channels }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223; // Knuth's "quick and dirty" generator (Press et al. 1992)
    return state >>> 24;
  });
}
