import type { MaskedImages } from "../../src/model/types.ts";
import type { Random } from "../../src/random.ts";

/**
 * One of some square photographs, with its mask, as seen from farther off and anywhere in a picture of `side` x `side` pixels: where
 * every object fills the middle of its photograph, one place a pixel is nearly all that a network has to learn. What lies beyond
 * the photograph's border is its border, drawn on.
 *
 * @param size of the placed photograph, as a part of the picture's side
 */
export function placeAnywhere(
  { shape, ...photos }: MaskedImages,
  photo: number,
  side: number,
  { least, most }: { least: number; most: number },
  chance: Random,
): { pixels: Uint8Array; mask: Uint8Array } {
  const { width: from, channels } = shape;
  const size = Math.round(side * (least + (most - least) * chance.float()));
  const [left, top] = [chance.int(side - size + 1), chance.int(side - size + 1)];
  const pixels = new Uint8Array(side * side * channels);
  const mask = new Uint8Array(side * side);
  const inPhoto = (place: number, start: number) => Math.floor(((place - start + 0.5) * from) / size);
  const within = (place: number) => Math.min(from - 1, Math.max(0, place));
  for (let at = 0; at < mask.length; at++) {
    const [x, y] = [inPhoto(at % side, left), inPhoto(Math.floor(at / side), top)];
    const pixel = (photo * from + within(y)) * from + within(x);
    if (x === within(x) && y === within(y)) mask[at] = photos.masks[pixel];
    pixels.set(photos.pixels.subarray(channels * pixel, channels * (pixel + 1)), channels * at);
  }
  return { pixels, mask };
}
