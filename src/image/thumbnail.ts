import sharp from "sharp";
import type { RawImage } from "./raw.ts";

const LONGEST_SIDE = 96;

/** A WebP of at most 96 pixels on the longer side; smaller images keep their size. */
export async function thumbnail({ pixels, height, width, channels }: RawImage): Promise<Uint8Array> {
  const bytes = await sharp(pixels, { raw: { height, width, channels }, limitInputPixels: false })
    .resize(LONGEST_SIDE, LONGEST_SIDE, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 80, effort: 1 })
    .toBuffer();
  return new Uint8Array(bytes);
}
