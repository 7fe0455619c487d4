/** Encoded images to pixels, and pixels to the shape that a model sees. */
import sharp, { type Sharp } from "sharp";
import type { RawImage } from "./raw.ts";
import { decodeSmallJpeg } from "./small-jpeg.ts";

// Images are decoded several at a time: a thread each is best. Without the cache memory stays bounded.
sharp.concurrency(1);
sharp.cache(false);

/** A file of some hundred kilobytes can unfold to gigabytes; 40 megapixels are more than any camera in common use gives. */
export const MOST_PIXELS = 40_000_000;

/** An image that cannot be used, in words for the user. */
export class ImageProblem extends Error {
  override readonly name = "ImageProblem";
}

/**
 * JPEG, PNG, WebP, TIFF or the first frame of a GIF as 8-bit grey or RGB at its original size, upright as EXIF says.
 * Transparent parts become white; 16 bits become 8; CMYK and others become RGB.
 *
 * @throws ImageProblem where the bytes are empty, no image, damaged, or more than 40 megapixels
 */
export async function decode(bytes: Uint8Array): Promise<RawImage> {
  if (bytes.length === 0) throw new ImageProblem("The file is empty.");
  const small = await decodeSmallJpeg(bytes);
  if (small) return small;
  try {
    const input = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: "warning", sequentialRead: true });
    const { grey, hasAlpha } = kindOfJpeg(bytes) ?? (await kindOf(input));
    const upright = input.autoOrient();
    const opaque = hasAlpha ? upright.flatten({ background: "#ffffff" }) : upright;
    const { data, info } = await opaque
      .toColourspace(grey ? "b-w" : "srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return channelsOf(data, info);
  } catch (cause) {
    throw new ImageProblem(inWords((cause as Error).message, bytes), { cause });
  }
}

interface Kind {
  grey: boolean;
  hasAlpha: boolean;
}

async function kindOf(input: Sharp): Promise<Kind> {
  const { channels = 3, hasAlpha = false, space, format } = await input.metadata();
  if (!FORMATS.has(format)) throw new Error("unsupported image format");
  return { grey: channels - (hasAlpha ? 1 : 0) === 1 && space !== "srgb", hasAlpha };
}

/** What a JPEG says of itself, read here: asking the decoder takes about as long as it takes to decode a small image. */
function kindOfJpeg(bytes: Uint8Array): Kind | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; at += 2 + bytes[at + 2] * 256 + bytes[at + 3]) {
    const marker = bytes[at + 1];
    // A frame's header (SOF0 to SOF15): length, bits, height, width, components.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { grey: bytes[at + 9] === 1, hasAlpha: false };
  }
  return undefined;
}

/** The image in the given shape, `[height, width, channels]`: stretched (Lanczos), grey as luma, grey to RGB by repeating. */
export async function toShape(
  image: RawImage,
  shape: { height: number; width: number; channels: 1 | 3 },
): Promise<Uint8Array> {
  const { pixels, height, width, channels } = image;
  const sameSize = height === shape.height && width === shape.width;
  if (sameSize && channels === shape.channels) return pixels;
  let resized = image;
  if (!sameSize) {
    const { data, info } = await sharp(pixels, { raw: { height, width, channels }, limitInputPixels: false })
      .resize(shape.width, shape.height, { fit: "fill" })
      .raw()
      .toBuffer({ resolveWithObject: true });
    resized = channels === 1 && info.channels === 3 ? onlyFirst(data, shape) : channelsOf(data, info);
  }
  if (resized.channels === shape.channels) return resized.pixels;
  return shape.channels === 3 ? repeated(resized.pixels) : luma(resized.pixels);
}

function channelsOf(data: Buffer, info: { height: number; width: number; channels: number }): RawImage {
  const { height, width, channels } = info;
  if (channels !== 1 && channels !== 3) throw new Error(`unexpected number of channels: ${channels}`);
  return { pixels: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), height, width, channels };
}

function onlyFirst(data: Buffer, { height, width }: { height: number; width: number }): RawImage {
  const pixels = new Uint8Array(height * width);
  for (let i = 0; i < pixels.length; i++) pixels[i] = data[3 * i];
  return { pixels, height, width, channels: 1 };
}

function repeated(grey: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(3 * grey.length);
  for (let i = 0; i < grey.length; i++) pixels.fill(grey[i], 3 * i, 3 * i + 3);
  return pixels;
}

/** Luma after ITU-R BT.601, rounded. */
function luma(colour: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(colour.length / 3);
  for (let i = 0, p = 0; i < pixels.length; i++, p += 3)
    pixels[i] = Math.round(0.299 * colour[p] + 0.587 * colour[p + 1] + 0.114 * colour[p + 2]);
  return pixels;
}

const FORMATS = new Set(["jpeg", "png", "webp", "tiff", "gif"]);
/** How files of these formats begin, in Latin-1. */
const BEGINNINGS = /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|II\*\0|MM\0\*)/s;

function inWords(message: string, bytes: Uint8Array): string {
  if (/exceeds pixel limit/i.test(message))
    return `The image has more than ${MOST_PIXELS / 1e6} megapixels: make it smaller.`;
  const begun = BEGINNINGS.test(Buffer.from(bytes.subarray(0, 12)).toString("latin1"));
  if (/unsupported image format/i.test(message) && !begun)
    return "The file is not a JPEG, PNG, WebP, TIFF or GIF image, whatever its name says.";
  // The decoder's own words mix those of several threads: they go to the cause only, so that reports repeat themselves.
  return "The image is cut off or damaged.";
}
