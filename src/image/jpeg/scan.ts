/** A picture's bits to samples: Huffman codes, coefficients, cosine transform (ITU-T T.81, annex F). */
import { flat, inverseCosine } from "./cosine.ts";
import type { Header } from "./header.ts";
import { FAST_BITS, type HuffmanTable } from "./huffman.ts";

/** Samples of one component, in whole blocks. They hold until the next image is decoded. */
export interface Plane {
  samples: Uint8ClampedArray;
  /** Samples a row. */
  stride: number;
}

/** Place in rows of each coefficient of the zigzag order; what lies beyond the last is never used. */
const ZIGZAG = Uint8Array.from(
  Array.from({ length: 64 }, (_, at) => at).sort((a, b) => {
    const [rowA, rowB] = [a >> 3, b >> 3];
    const [lineA, lineB] = [rowA + (a & 7), rowB + (b & 7)];
    return lineA - lineB || (lineA % 2 === 0 ? rowB - rowA : rowA - rowB);
  }),
);
const END_OF_IMAGE = 0xd9;
const LONGEST_CODE = 16;
const LARGEST_DC_BITS = 11;
const LARGEST_AC_BITS = 10;

/** Bits from a stretch of bytes in which 0xff is followed by a zero that does not count. */
interface Bits {
  bytes: Uint8Array;
  at: number;
  /** The last `count` bits, at its lower end. */
  held: number;
  count: number;
  /** How many of the held bits were made up, behind the end. */
  madeUp: number;
}

/** Holds at least 25 bits. */
function fill(bits: Bits): void {
  while (bits.count <= 24) {
    let byte = bits.bytes[bits.at];
    if (byte !== 0xff && byte !== undefined) bits.at++;
    else if (byte === 0xff && bits.bytes[bits.at + 1] === 0) bits.at += 2;
    else {
      byte = 0;
      bits.madeUp += 8;
    }
    bits.held = (bits.held << 8) | byte;
    bits.count += 8;
  }
}

/** The next symbol; -1 where there is no such code. At most 16 bits go. */
function symbol(bits: Bits, { fast, ends, offsets, symbols }: HuffmanTable): number {
  if (bits.count < LONGEST_CODE) fill(bits);
  const found = fast[(bits.held >>> (bits.count - FAST_BITS)) & ((1 << FAST_BITS) - 1)];
  if (found > 0) {
    bits.count -= found >> 8;
    return found & 255;
  }
  for (let length = FAST_BITS + 1; length <= LONGEST_CODE; length++) {
    const code = (bits.held >>> (bits.count - length)) & ((1 << length) - 1);
    if (code >= ends[length]) continue;
    bits.count -= length;
    return symbols[code + offsets[length]];
  }
  return -1;
}

/** A signed number of so many bits (T.81, F.2.2.1). */
function signed(bits: Bits, length: number): number {
  if (length === 0) return 0;
  if (bits.count < length) fill(bits);
  bits.count -= length;
  const value = (bits.held >>> bits.count) & ((1 << length) - 1);
  return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
}

const means = new Int32Array(3);
const block = new Int32Array(64);
const kept: Uint8ClampedArray[] = [];

/**
 * Memory that is used again by each image: an array of its own for each plane of each image would be most of what there is to
 * collect. Planes have the places 0 to 2, enlarged ones 3 and 4.
 */
export function reused(place: number, length: number): Uint8ClampedArray {
  if (!kept[place] || kept[place].length < length) kept[place] = new Uint8ClampedArray(length);
  return kept[place];
}

/** Samples of each component. Undefined where the bits are not exactly those of a whole picture. */
export function decodeScan(bytes: Uint8Array, { height, width, components, from }: Header): Plane[] | undefined {
  const bits: Bits = { bytes, at: from, held: 0, count: 0, madeUp: 0 };
  const [{ across, down }] = components;
  const unitsAcross = Math.ceil(width / (8 * across));
  const unitsDown = Math.ceil(height / (8 * down));
  const planes = components.map((each, c): Plane => {
    const stride = 8 * unitsAcross * each.across;
    return { samples: reused(c, stride * 8 * unitsDown * each.down), stride };
  });
  means.fill(0);
  block.fill(0);
  for (let unit = 0; unit < unitsAcross * unitsDown; unit++) {
    const left = unit % unitsAcross;
    const top = (unit - left) / unitsAcross;
    for (let c = 0; c < components.length; c++) {
      const { across: h, down: v, steps, dc, ac } = components[c];
      const { samples, stride } = planes[c];
      for (let part = 0; part < h * v; part++) {
        const length = symbol(bits, dc);
        if (length < 0 || length > LARGEST_DC_BITS) return undefined;
        means[c] += signed(bits, length);
        block[0] = means[c] * steps[0];
        const last = readAlternating(bits, ac, steps, block);
        if (last < 0) return undefined;
        const at = (top * v + Math.floor(part / h)) * 8 * stride + (left * h + (part % h)) * 8;
        if (last === 0) flat(block[0], samples, at, stride);
        else {
          inverseCosine(block, samples, at, stride);
          block.fill(0);
        }
      }
    }
  }
  // Nothing made up was used, less than a byte is left, and the picture ends here.
  const isWhole = bits.madeUp <= bits.count && bits.count - bits.madeUp < 8;
  return isWhole && bytes[bits.at] === 0xff && bytes[bits.at + 1] === END_OF_IMAGE ? planes : undefined;
}

/** All coefficients but the first, into their places. The last one's place in the zigzag order; -1 for a code that is none. */
function readAlternating(bits: Bits, table: HuffmanTable, steps: Uint8Array, block: Int32Array): number {
  let last = 0;
  for (let at = 1; at < 64; at++) {
    const both = symbol(bits, table);
    if (both < 0) return -1;
    const length = both & 15;
    const zeros = both >> 4;
    if (length === 0) {
      if (zeros < 15) return zeros === 0 ? last : -1;
      at += 15;
      continue;
    }
    at += zeros;
    if (at > 63 || length > LARGEST_AC_BITS) return -1;
    block[ZIGZAG[at]] = signed(bits, length) * steps[at];
    last = at;
  }
  return last;
}
