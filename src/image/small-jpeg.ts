/**
 * Small JPEGs, such as datasets of 32 x 32 are made of: by libjpeg-turbo as WebAssembly, which decodes them to the same bits as the general
 * decoder does and has no call to a thread to pay for.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import openCodec, { type JpegDecoder } from "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs";
import type { RawImage } from "./raw.ts";

/** Beyond so many pixels the general decoder's vector instructions win. */
const MOST_PIXELS = 128 * 128;

const START_OF_IMAGE = 0xffd8;
const BASELINE = 0xc0;
const START_OF_SCAN = 0xda;
/** Huffman tables, quantization tables, restart intervals, JFIF's marker, comments: they change nothing of what is to be done. */
const PLAIN = new Set([0xc4, 0xdb, 0xdd, 0xe0, 0xfe]);

let decoder: Promise<JpegDecoder> | undefined;

/**
 * The pixels of a small, plain JPEG. Undefined where it is larger, of another kind or damaged: the general decoder sees to those, and has
 * the words for what is wrong.
 */
export async function decodeSmallJpeg(bytes: Uint8Array): Promise<RawImage | undefined> {
  if (!isSmallJpeg(bytes)) return undefined;
  decoder ??= openDecoder();
  const codec = await decoder;
  try {
    codec.getEncodedBuffer(bytes.length).set(bytes);
    codec.decode();
  } catch {
    // Thrown for warnings too, such as a picture that is cut off.
    return undefined;
  }
  const { height, width, componentCount } = codec.getFrameInfo();
  if (componentCount !== 1 && componentCount !== 3) return undefined;
  return { pixels: codec.getDecodedBuffer().slice(), height, width, channels: componentCount };
}

async function openDecoder(): Promise<JpegDecoder> {
  const binary = createRequire(import.meta.url).resolve("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm");
  const { JPEGDecoder } = await openCodec({ wasmBinary: readFileSync(binary) });
  return new JPEGDecoder();
}

/**
 * Whether the header (ITU-T T.81, annex B) is that of a baseline JPEG of 8 bits, grey or in JFIF's colours, without EXIF (it may say
 * that the image lies on its side), colour profile or Adobe's marker.
 */
export function isSmallJpeg(bytes: Uint8Array): boolean {
  const word = (at: number): number => bytes[at] * 256 + bytes[at + 1];
  if (bytes.length < 4 || word(0) !== START_OF_IMAGE) return false;
  let isPlainFrame = false;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; at += 2 + word(at + 2)) {
    const marker = bytes[at + 1];
    if (marker === START_OF_SCAN) return isPlainFrame;
    if (marker === BASELINE) {
      const [bits, height, width, components] = [bytes[at + 4], word(at + 5), word(at + 7), bytes[at + 9]];
      if (bits !== 8 || height * width > MOST_PIXELS || (components !== 1 && components !== 3)) return false;
      isPlainFrame = height > 0 && width > 0;
    } else if (!PLAIN.has(marker)) return false;
  }
  return false;
}
