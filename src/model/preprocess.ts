import type { ImageShape } from "../dataset/types.ts";
import { InputError } from "../errors.ts";
import { withoutProperties } from "./mask.ts";
import type { Recipe, Scale } from "./types.ts";

export type ModelInput = Recipe["input"];

/** Writes one image, 0..255, [height, width, channels], as the first layer wants to see it. */
export type WriteImage = (source: ArrayLike<number>, from: number, out: Float32Array, to: number) => void;

/**
 * Value x gain + offset for each channel in the model's order. A mean and standard deviation are in units of 0..255, or of
 * 0..1 where none of them is above 1. One number stands for all channels.
 */
export function gains(scale: Scale, channels: number): { gain: Float64Array; offset: Float64Array } {
  const gain = new Float64Array(channels);
  const offset = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    if (scale === "0..255") gain[c] = 1;
    else if (scale === "0..1") gain[c] = 1 / 255;
    else if (scale === "-1..1") {
      gain[c] = 2 / 255;
      offset[c] = -1;
    } else {
      const unit = [...scale.mean, ...scale.std].every((value) => value <= 1) ? 255 : 1;
      const std = (scale.std[c] ?? scale.std[0]) * unit;
      gain[c] = 1 / std;
      offset[c] = (-(scale.mean[c] ?? scale.mean[0]) * unit) / std;
    }
  }
  return { gain, offset };
}

/**
 * How images of `shape` reach a model with this input: scale, channel order, grey made three channels or colour made grey
 * (ITU-R BT.601 luma).
 *
 * @throws InputError where the sizes differ
 */
export function imageWriter(shape: ImageShape, input: ModelInput, file = "recipe"): WriteImage {
  const [height, width] = input.size;
  if (shape.height !== height || shape.width !== width)
    throw new InputError({
      file,
      field: "input.size",
      problem: `The model takes images of ${height} x ${width}, the data's are ${shape.height} x ${shape.width} pixels.`,
      remedy: `In errata.json name the size that the model was made for, and the images are brought to it: {"subject": {"model": ..., "input": {"size": [${height}, ${width}]}}}.`,
    });
  const { mask, equalize, ...plain } = input;
  if (mask?.length || equalize) return withoutProperties(input, shape, imageWriter(shape, plain, file));
  const pixels = height * width;
  const { gain, offset } = gains(input.scale, input.channels);
  if (shape.channels === input.channels) {
    if (input.channels === 1 || (input.order === "rgb" && new Set(gain).size === 1 && new Set(offset).size === 1))
      return evenWriter(pixels * shape.channels, gain[0], offset[0]);
    const swap = input.order === "bgr" ? 2 : 0;
    return (source, from, out, to) => {
      for (let i = 0; i < pixels * 3; i += 3)
        for (let c = 0; c < 3; c++) {
          const place = swap ? 2 - c : c;
          out[to + i + place] = source[from + i + c] * gain[place] + offset[place];
        }
    };
  }
  if (shape.channels === 1)
    return (source, from, out, to) => {
      for (let i = 0; i < pixels; i++)
        for (let c = 0; c < 3; c++) out[to + 3 * i + c] = source[from + i] * gain[c] + offset[c];
    };
  return (source, from, out, to) => {
    for (let i = 0; i < pixels; i++) {
      const at = from + 3 * i;
      const grey = 0.299 * source[at] + 0.587 * source[at + 1] + 0.114 * source[at + 2];
      out[to + i] = grey * gain[0] + offset[0];
    }
  };
}

/** One gain for all values: the hot path. */
function evenWriter(values: number, gain: number, offset: number): WriteImage {
  const table = Float32Array.from({ length: 256 }, (_, value) => value * gain + offset);
  return (source, from, out, to) => {
    if (source instanceof Uint8Array) for (let i = 0; i < values; i++) out[to + i] = table[source[from + i]];
    else for (let i = 0; i < values; i++) out[to + i] = source[from + i] * gain + offset;
  };
}
