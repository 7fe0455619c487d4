/** Masks from image files: class indices, colours, or one file an object. */

import { InputError } from "../../errors.ts";
import { ImageProblem } from "../../image/decode.ts";
import { decodeMask, type RawMask } from "../../image/decode-mask.ts";
import { list } from "../assemble.ts";
import type { Files } from "../types.ts";
import { hex, type Palette } from "./classes.ts";
import { IGNORE, type Mask, type MaskFile } from "./types.ts";

/** A mask file as stored. @throws InputError where it cannot be decoded */
export async function readRawMask(files: Files, key: string): Promise<RawMask> {
  try {
    return await decodeMask(await files.read(key));
  } catch (cause) {
    if (!(cause instanceof ImageProblem)) throw cause;
    throw new InputError({
      file: key,
      problem: cause.message,
      remedy: "Export the mask again as PNG, with 8 bits, without smoothing.",
      cause,
    });
  }
}

/** @throws InputError where the file is coloured, or holds an index that is no class's */
export function maskOfIndices({ values, height, width, channels }: RawMask, classes: string[], file: string): Mask {
  const result = new Uint8Array(height * width);
  for (let i = 0, p = 0; i < result.length; i++, p += channels) {
    const value = values[p];
    if (channels === 3 && (value !== values[p + 1] || value !== values[p + 2]))
      throw new InputError({
        file,
        field: "data.masks.format",
        problem: "The mask is in colour where class indices are expected.",
        remedy: "Say which colour is which class in data.masks.colours, or save one grey value a class.",
      });
    if (value >= classes.length && value !== IGNORE)
      throw new InputError({
        file,
        field: "classes",
        problem: `The pixel at ${place(i, width)} has class index ${value}, and there are ${classes.length} classes: ${list(classes)}.`,
        remedy: `Name all classes in data.classes in the order of their indices (0 is the background, ${IGNORE} is left out), or correct the mask.`,
      });
    result[i] = value;
  }
  return { values: result, height, width };
}

/** @throws InputError where a pixel has a colour that no class has */
export function maskOfColours(raw: RawMask, { indexOf, classes }: Palette, file: string): Mask {
  const { height, width } = raw;
  const colour = colourReader(raw);
  const result = new Uint8Array(height * width);
  let before = -1;
  let index: number | undefined;
  for (let i = 0; i < result.length; i++) {
    const here = colour(i);
    if (here !== before) index = indexOf.get(here);
    before = here;
    if (index === undefined)
      throw new InputError({
        file,
        field: "data.masks.colours",
        problem: `The pixel at ${place(i, width)} has the colour ${hex(here)}, which is none of the palette's (${list(classes)}).`,
        remedy:
          "Add the colour to data.masks.colours, under the name ignore where it means nothing, or save the mask without smoothing.",
      });
    result[i] = index;
  }
  return { values: result, height, width };
}

/** Colours of a mask as 0xrrggbb, by pixel. */
export function colourReader({ values, channels, palette }: RawMask): (pixel: number) => number {
  if (palette) return (pixel) => palette[values[pixel]];
  if (channels === 1) return (pixel) => values[pixel] * 0x010101;
  return (pixel) => (values[3 * pixel] << 16) | (values[3 * pixel + 1] << 8) | values[3 * pixel + 2];
}

/** Objects in one image; more are hardly the work of people. */
const MOST_OBJECTS = 20_000;

/**
 * One mask of the files of an image's objects: a pixel belongs where it is above half of the file's largest value. Where two classes
 * overlap, the smaller object lies on top.
 *
 * @throws InputError where a file cannot be read, has another size than the first, or names no class
 */
export async function maskOfInstances(
  files: Files,
  masks: MaskFile[],
  classes: string[],
  image: string,
): Promise<Mask> {
  if (masks.length > MOST_OBJECTS)
    throw new InputError({
      file: image,
      field: "data.masks",
      problem: `It has ${masks.length} mask files.`,
      remedy: `At most ${MOST_OBJECTS} objects an image are read: save one mask of class indices instead.`,
    });
  let result: Mask | undefined;
  let sizes: Float64Array | undefined;
  for (const { key, name } of masks) {
    const raw = await readRawMask(files, key);
    const { height, width } = raw;
    const index = name === undefined ? 1 : classes.indexOf(name);
    if (index < 1)
      throw new InputError({
        file: key,
        field: "classes",
        problem: `It lies in the folder ${JSON.stringify(name)}, which is none of the classes (${list(classes.slice(1))}).`,
        remedy: "Add the class to data.classes, or move the file.",
      });
    if (!result) {
      result = { values: new Uint8Array(height * width), height, width };
      sizes = new Float64Array(height * width);
    }
    if (height !== result.height || width !== result.width)
      throw new InputError({
        file: key,
        field: "size",
        problem: `The mask is ${width} x ${height} pixels, ${masks[0].key} of the same image is ${result.width} x ${result.height}.`,
        remedy: "Export all masks of an image at the image's own size.",
      });
    paint(raw, index, result, sizes!);
  }
  return result ?? { values: new Uint8Array(0), height: 0, width: 0 };
}

/** `sizes`: pixels of the object that a pixel shows so far, [height, width]; 0 for none. */
function paint({ values, channels }: RawMask, index: number, mask: Mask, sizes: Float64Array): void {
  const step = channels;
  let largest = 0;
  for (let i = 0; i < values.length; i += step) largest = Math.max(largest, values[i]);
  if (largest === 0) return;
  let size = 0;
  for (let i = 0; i < mask.values.length; i++) if (2 * values[i * step] > largest) size++;
  for (let i = 0; i < mask.values.length; i++) {
    if (2 * values[i * step] <= largest) continue;
    if (sizes[i] !== 0 && sizes[i] <= size) continue;
    mask.values[i] = index;
    sizes[i] = size;
  }
}

const place = (pixel: number, width: number): string => `row ${Math.floor(pixel / width)}, column ${pixel % width}`;
