/** Mask files to the values that were stored in them. */
import sharp from "sharp";
import { ImageProblem, MOST_PIXELS } from "./decode.ts";

/** `values`: [height, width, channels] as stored, without colour management or orientation. */
export interface RawMask {
  values: Uint8Array | Uint16Array;
  height: number;
  width: number;
  channels: 1 | 3;
  /** Colours of a PNG's palette as 0xrrggbb, by index; then `values` are the indices. */
  palette?: number[];
}

interface PngHeader {
  bits: number;
  colourType: number;
  palette: number[];
}

/**
 * A mask's pixels: grey as it is stored (1 to 16 bits), indices where a PNG has a palette, RGB otherwise. Alpha is left out.
 *
 * @throws ImageProblem where the bytes are empty, no image without loss, damaged, or more than 40 megapixels
 */
export async function decodeMask(bytes: Uint8Array): Promise<RawMask> {
  if (bytes.length === 0) throw new ImageProblem("The file is empty.");
  try {
    const input = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: "warning", ignoreIcc: true });
    const { format, channels: stored = 3, hasAlpha = false, depth } = await input.metadata();
    if (!LOSSLESS.has(format)) throw new ImageProblem(lossy(format));
    const png = format === "png" ? headerOf(bytes) : undefined;
    const opaque = hasAlpha ? input.removeAlpha() : input;
    const grey = stored - (hasAlpha ? 1 : 0) === 1 && png?.colourType !== PALETTE;
    const deep = depth === "ushort";
    if (deep && !grey) throw new ImageProblem("Colour masks with 16 bits a channel are not read: save it with 8.");
    const wanted = grey ? (deep ? "grey16" : "b-w") : "srgb";
    const { data, info } = await opaque
      .toColourspace(wanted)
      .raw({ depth: deep ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    const { height, width } = info;
    // What is grey comes in three equal channels from some decoders.
    const every = info.channels === 3 && grey ? 3 : 1;
    const all = deep
      ? new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (grey) return { values: scaledBack(all, every, png), height, width, channels: 1 };
    if (info.channels !== 3) throw new Error(`unexpected number of channels: ${info.channels}`);
    if (png?.colourType === PALETTE) return indexed(all as Uint8Array, png.palette, height, width);
    return { values: all, height, width, channels: 3 };
  } catch (cause) {
    if (cause instanceof ImageProblem) throw cause;
    throw new ImageProblem(inWords((cause as Error).message), { cause });
  }
}

const PALETTE = 3;
const LOSSLESS = new Set(["png", "tiff", "webp", "gif"]);

const lossy = (format: string | undefined): string =>
  format === "jpeg"
    ? "JPEG blurs the edges between classes: save masks as PNG."
    : "Masks of this kind are not read: save them as PNG.";

/** Bit depth, colour type and palette (PNG specification, sections 11.2.1 and 11.2.2). */
function headerOf(bytes: Uint8Array): PngHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const palette: number[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const name = Buffer.from(bytes.subarray(at + 4, at + 8)).toString("latin1");
    if (name === "PLTE")
      for (let i = at + 8; i + 2 < Math.min(bytes.length, at + 8 + length); i += 3)
        palette.push((bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2]);
    if (name === "PLTE" || name === "IDAT") break;
    at += 12 + length;
  }
  return { bits: bytes[24], colourType: bytes[25], palette };
}

/** Grey of fewer than 8 bits comes stretched to 0..255: back to what was stored. */
function scaledBack(values: Uint8Array | Uint16Array, every: number, png: PngHeader | undefined) {
  const step = png && png.bits < 8 ? 255 / (2 ** png.bits - 1) : 1;
  if (every === 1 && step === 1) return values;
  const stored = new Uint8Array(values.length / every);
  for (let i = 0; i < stored.length; i++) stored[i] = Math.round(values[i * every] / step);
  return stored;
}

/** Colours back to their places in the palette; the first of equal ones. */
function indexed(colours: Uint8Array, palette: number[], height: number, width: number): RawMask {
  const places = new Map<number, number>();
  palette.forEach((colour, i) => {
    if (!places.has(colour)) places.set(colour, i);
  });
  const values = new Uint8Array(height * width);
  for (let i = 0, p = 0; i < values.length; i++, p += 3) {
    const place = places.get((colours[p] << 16) | (colours[p + 1] << 8) | colours[p + 2]);
    if (place === undefined) throw new ImageProblem("Its palette lacks colours that its pixels have.");
    values[i] = place;
  }
  return { values, height, width, channels: 1, palette };
}

function inWords(message: string): string {
  if (/exceeds pixel limit/i.test(message))
    return `The mask has more than ${MOST_PIXELS / 1e6} megapixels: make it smaller.`;
  if (/unsupported image format/i.test(message))
    return "The file is no image that is read here, whatever its name says.";
  return "The mask is cut off or damaged.";
}
