import sharp from "sharp";
import type { RawImage } from "./raw.ts";
import { isSmallJpeg } from "./small-jpeg.ts";

const LONGEST_SIDE = 96;
/** A file of at most so many bytes is its own thumbnail. */
const MOST_BYTES = 6000;

/**
 * A picture of at most 96 pixels on the longer side for the report's page; smaller images keep their size. WebP; the file
 * itself where it is a small, plain JPEG already.
 *
 * @param file what the image was decoded from
 */
export async function thumbnail(image: RawImage, file?: Uint8Array): Promise<Uint8Array> {
  const { pixels, height, width, channels } = image;
  const longest = Math.max(height, width);
  if (file && longest <= LONGEST_SIDE && file.length <= MOST_BYTES && isSmallJpeg(file)) return Uint8Array.from(file);
  const bytes = await sharp(pixels, { raw: { height, width, channels }, limitInputPixels: false })
    .resize(LONGEST_SIDE, LONGEST_SIDE, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 80, effort: 0 })
    .toBuffer();
  return new Uint8Array(bytes);
}

/** What a browser is told of a thumbnail's bytes. */
export const thumbnailType = (bytes: Uint8Array): "image/jpeg" | "image/webp" =>
  bytes[0] === 0xff ? "image/jpeg" : "image/webp";
