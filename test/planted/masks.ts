/**
 * Masks of the bases for segmentation. A mask is a column of the images, one text an image and one character a pixel: so whatever
 * picks, copies, drops, draws or keeps rows (alter.ts, draw.ts) takes the masks along, and nothing has a second form for them.
 */

import type { MaskedImages } from "../../src/model/types.ts";
import type { Random } from "../../src/random.ts";
import { countPixels, imageIou } from "../../src/stats/segmentation.ts";
import { pick } from "./alter.ts";
import type { Dataset, Images } from "./types.ts";

/** The column's name. */
export const MASK = "mask";
const ZERO = "0".charCodeAt(0);

export const isMasked = ({ columns }: Pick<Images, "columns">): boolean => MASK in columns;

/** @param values class indices, `[height, width]` */
export const maskText = (values: Uint8Array): string => String.fromCharCode(...values.map((value) => value + ZERO));

/** The mask of an image, `[height, width]`; a copy. */
export const maskOf = ({ columns }: Pick<Images, "columns">, row: number): Uint8Array =>
  Uint8Array.from(String(columns[MASK][row]), (character) => character.charCodeAt(0) - ZERO);

/** Some rows as training takes them. */
export function maskedImages(data: Dataset, rows: number[]): MaskedImages {
  const { shape } = data;
  const size = shape.height * shape.width;
  const masks = new Uint8Array(rows.length * size);
  rows.forEach((row, i) => void masks.set(maskOf(data, row), i * size));
  return { shape, pixels: pick(data, rows).pixels, masks };
}

/** Other masks for some images: `redraw` changes the mask's own pixels in place, or gives another mask. */
export function withMasks(
  data: Dataset,
  rows: number[],
  redraw: (mask: Uint8Array, row: number) => Uint8Array | undefined,
): Dataset {
  const masks = [...data.columns[MASK]];
  for (const row of rows) {
    const mask = maskOf(data, row);
    masks[row] = maskText(redraw(mask, row) ?? mask);
  }
  return { ...data, columns: { ...data.columns, [MASK]: masks } };
}

/** A mask whose objects carry the next class; the background stays. */
export const flipped = (mask: Uint8Array, { classes }: Pick<Images, "classes">): Uint8Array =>
  mask.map((label) => (label === 0 ? 0 : 1 + (label % (classes.length - 1))));

/** A mask moved by whole pixels; what comes in is background. */
export function moved(mask: Uint8Array, { height, width }: Images["shape"], down: number, right: number): Uint8Array {
  const result = new Uint8Array(mask.length);
  for (let y = Math.max(0, down); y < Math.min(height, height + down); y++)
    for (let x = Math.max(0, right); x < Math.min(width, width + right); x++)
      result[y * width + x] = mask[(y - down) * width + x - right];
  return result;
}

/** A mask moved by a fraction of the image's side in a direction drawn at random. */
export function movedAnywhere(mask: Uint8Array, shape: Images["shape"], far: number, chance: Random): Uint8Array {
  const angle = 2 * Math.PI * chance.float();
  const step = (part: number) => Math.round(part * far * shape.width);
  return moved(mask, shape, step(Math.sin(angle)), step(Math.cos(angle)));
}

/** A mask whose objects lost so many layers of pixels at their outlines. The image's border is no outline. */
export function eroded(mask: Uint8Array, { height, width }: Images["shape"], pixels: number): Uint8Array {
  let result = mask;
  for (let layer = 0; layer < pixels; layer++) {
    const before = result;
    const isOutline = (at: number, x: number, y: number) =>
      (x > 0 && before[at - 1] !== before[at]) ||
      (x + 1 < width && before[at + 1] !== before[at]) ||
      (y > 0 && before[at - width] !== before[at]) ||
      (y + 1 < height && before[at + width] !== before[at]);
    result = before.map((value, at) => (isOutline(at, at % width, Math.floor(at / width)) ? 0 : value));
  }
  return result;
}

/**
 * What guessing gets, as the audit counts it: the mean IoU of an image where every pixel is given the one class that does best.
 */
export function guessedIou(data: Dataset, rows: number[]): number {
  const { height, width } = data.shape;
  const of = (label: number) => {
    const constant = { values: new Uint8Array(height * width).fill(label), height, width };
    const iou = (row: number) =>
      imageIou(countPixels({ values: maskOf(data, row), height, width }, constant, data.classes.length));
    return rows.reduce((sum, row) => sum + iou(row), 0) / rows.length;
  };
  return Math.max(...data.classes.map((_, label) => of(label)));
}
