/** What tells whether two images are the same, or nearly. */
import { createHash } from "node:crypto";
import { areaResize, type Grey, greyOf, type RawImage, withoutEmptyColour } from "./raw.ts";

export interface Hashes {
  /** SHA-256 of the decoded pixels and their size, hexadecimal. Grey saved as RGB counts as grey. */
  exact: string;
  /** 64 bits, hexadecimal: signs of the low frequencies. Survives re-encoding and resizing. */
  perceptual: string;
  /** [16, 16] mean grey values, to tell apart what only has the same perceptual hash. */
  signature: Uint8Array;
}

const SIDE = 32;
const FREQUENCIES = 8;
const SIGNATURE_SIDE = 16;

/** Rows of the discrete cosine transform (DCT-II), `[frequencies, side]`. */
const COSINES = Float64Array.from({ length: FREQUENCIES * SIDE }, (_, i) =>
  Math.cos((Math.PI / SIDE) * ((i % SIDE) + 0.5) * Math.floor(i / SIDE)),
);

/** @param grey `greyOf` the image, where it is at hand */
export function hash(image: RawImage, grey: Grey = greyOf(image)): Hashes {
  const small = areaResize(grey, SIDE, SIDE);
  return {
    exact: exactHash(withoutEmptyColour(image)),
    perceptual: perceptualHash(small.values),
    signature: rounded(areaResize(small, SIGNATURE_SIDE, SIGNATURE_SIDE).values),
  };
}

function rounded(values: Float32Array): Uint8Array {
  const levels = new Uint8Array(values.length);
  for (let i = 0; i < levels.length; i++) levels[i] = Math.round(values[i]);
  return levels;
}

function exactHash({ pixels, height, width, channels }: RawImage): string {
  return createHash("sha256").update(`${height}x${width}x${channels}\n`).update(pixels).digest("hex");
}

/** pHash (Zauner 2010): which of the 8x8 lowest frequencies lie above their median. @param values [32, 32] */
function perceptualHash(values: Float32Array): string {
  for (let y = 0; y < SIDE; y++) cosines(values, y * SIDE, 1, ROWS, y * FREQUENCIES, 1);
  for (let u = 0; u < FREQUENCIES; u++) cosines(ROWS, u, FREQUENCIES, LOW, u, FREQUENCIES);
  // The mean grey value (first) says nothing of the picture: left out of the median.
  const sorted = LOW.slice(1).sort();
  const median = sorted[sorted.length >> 1];
  let text = "";
  for (let at = 0; at < LOW.length; at += 4) {
    let nibble = 0;
    for (let bit = 0; bit < 4; bit++) nibble = (nibble << 1) | (LOW[at + bit] > median ? 1 : 0);
    text += nibble.toString(16);
  }
  return text;
}

/**
 * The lowest frequencies of 32 values that lie `step` apart. A value and its mirror image have the same cosine in even frequencies
 * and the opposite one in odd ones: their sum and difference are taken first.
 */
function cosines(
  values: Float32Array | Float64Array,
  from: number,
  step: number,
  into: Float64Array,
  to: number,
  stepTo: number,
): void {
  const last = from + (SIDE - 1) * step;
  for (let x = 0; x < SIDE / 2; x++) {
    const a = values[from + x * step];
    const b = values[last - x * step];
    FOLDED[x] = a + b;
    FOLDED[SIDE / 2 + x] = a - b;
  }
  // Four frequencies at a time: an addition waits for the last one of its own sum only.
  for (let odd = 0; odd < 2; odd++) {
    const half = odd * (SIDE / 2);
    const row = odd * SIDE;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let x = 0; x < SIDE / 2; x++) {
      const value = FOLDED[half + x];
      a += value * COSINES[row + x];
      b += value * COSINES[row + 2 * SIDE + x];
      c += value * COSINES[row + 4 * SIDE + x];
      d += value * COSINES[row + 6 * SIDE + x];
    }
    const first = to + odd * stepTo;
    into[first] = a;
    into[first + 2 * stepTo] = b;
    into[first + 4 * stepTo] = c;
    into[first + 6 * stepTo] = d;
  }
}

// Used again by each image.
const FOLDED = new Float64Array(SIDE);
const ROWS = new Float64Array(SIDE * FREQUENCIES);
const LOW = new Float64Array(FREQUENCIES * FREQUENCIES);
