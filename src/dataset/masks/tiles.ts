/** Images that are larger than a network sees, cut into squares: each is a sample of its own, at the image's own resolution. */
import type { RawImage } from "../../image/raw.ts";
import type { Sample, Tile } from "../types.ts";
import type { Mask } from "./types.ts";

/**
 * Squares of `side` pixels that cover an image, row by row. The last of a row or a column is moved in to end with the image, so that none
 * is padded: pixels where two overlap count in both. An image that is smaller on a side is taken whole there.
 */
export function tilesOf({ height, width }: { height: number; width: number }, side: number): Tile[] {
  const image = { height, width };
  const [tall, wide] = [Math.min(side, height), Math.min(side, width)];
  return startsOf(height, tall).flatMap((top) =>
    startsOf(width, wide).map((left): Tile => ({ left, top, width: wide, height: tall, image })),
  );
}

const startsOf = (length: number, side: number): number[] =>
  Array.from({ length: Math.ceil(length / side) }, (_, i) => Math.min(i * side, length - side));

/** The tile's name: its image's file, and the part of it as links say it (W3C, Media Fragments URI 1.0, section 4.2.2). */
export const nameOfTile = (file: string, { left, top, width, height }: Tile): string =>
  `${file}${MARK}${left},${top},${width},${height}`;

/** The file that a sample's image lies in. */
export const fileOf = ({ file, tile }: Pick<Sample, "file" | "tile">): string =>
  tile ? file.slice(0, file.lastIndexOf(MARK)) : file;

const MARK = "#xywh=";

/** The tile of a mask of the tile's image; the whole mask without a tile. */
export const tileOfMask = (mask: Mask, tile: Tile | undefined): Mask =>
  tile ? { values: cut(mask.values, mask.width, 1, tile), height: tile.height, width: tile.width } : mask;

/** The same of an image. */
export const tileOfImage = (image: RawImage, tile: Tile | undefined): RawImage =>
  tile
    ? { ...image, pixels: cut(image.pixels, image.width, image.channels, tile), height: tile.height, width: tile.width }
    : image;

function cut(values: Uint8Array, across: number, channels: number, { left, top, width, height }: Tile): Uint8Array {
  const part = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * across + left) * channels;
    part.set(values.subarray(from, from + width * channels), y * width * channels);
  }
  return part;
}
