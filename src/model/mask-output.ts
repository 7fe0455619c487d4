/** Masks as models that were made elsewhere give them. */
import type { ImageShape } from "../dataset/types.ts";
import { InputError } from "../errors.ts";

/** Where a mask's channels are: [images, height, width, channels] or [images, channels, height, width]. One stands for the second of two classes. */
export interface MaskLayout {
  order: "NHWC" | "NCHW";
  channels: number;
}

/**
 * Reads how a model gives masks from the dimensions of its output.
 *
 * @param dimensions of an output, its images first
 * @param order of the model's input: where both fit it decides
 * @throws InputError where the output is no map of the image's size with a value for each class
 */
export function maskLayoutOf(
  dimensions: readonly number[],
  order: MaskLayout["order"],
  { classes, imageShape: { height, width } }: { classes: number; imageShape: ImageShape },
  file: string,
): MaskLayout {
  const sizes = dimensions.slice(1);
  const layouts: (MaskLayout & { height: number; width: number })[] = [];
  if (sizes.length === 3)
    layouts.push(
      { order: "NHWC", height: sizes[0], width: sizes[1], channels: sizes[2] },
      { order: "NCHW", channels: sizes[0], height: sizes[1], width: sizes[2] },
    );
  if (sizes.length === 2) layouts.push({ order: "NHWC", height: sizes[0], width: sizes[1], channels: 1 });
  layouts.sort((a, b) => Number(b.order === order) - Number(a.order === order));
  const sized = layouts.filter((each) => each.height === height && each.width === width);
  const found = sized.find(({ channels }) => channels === classes || (channels === 1 && classes === 2));
  if (found) return { order: found.order, channels: found.channels };
  const wanted = `[${height}, ${width}, ${classes}]${classes === 2 ? `, [${height}, ${width}, 1]` : ""} or with the channels first`;
  if (sized.length > 0)
    throw new InputError({
      file,
      problem: `The model gives ${sized[0].channels} ${sized[0].channels === 1 ? "value" : "values"} for each pixel, the data has ${classes} classes with the background.`,
      remedy:
        "Give a model that was trained on these classes, the background first; data.classes in errata.json names them.",
    });
  throw new InputError({
    file,
    problem: `The model gives [${sizes.join(", ")}] for an image of ${height} x ${width} pixels: that is no mask of its size.`,
    remedy: `Give a model that ends in a value a class for every pixel of its input, ${wanted}, or audit it with the task classification.`,
  });
}

/** Outputs with a pixel's channels together. @returns [images x height x width, channels] */
export function channelsLast(values: Float32Array, { order, channels }: MaskLayout, pixels: number): Float32Array {
  if (order === "NHWC" || channels === 1) return values;
  const result = new Float32Array(values.length);
  for (let from = 0; from < values.length; from += pixels * channels)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < pixels; i++) result[from + i * channels + c] = values[from + c * pixels + i];
  return result;
}
