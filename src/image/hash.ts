/** What tells whether two images are the same, or nearly. */
import { createHash } from "node:crypto";
import { areaResize, type RawImage, toGrey, withoutEmptyColour } from "./raw.ts";

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

export function hash(image: RawImage): Hashes {
  const canonical = withoutEmptyColour(image);
  const small = areaResize(toGrey(canonical), SIDE, SIDE);
  return {
    exact: exactHash(canonical),
    perceptual: perceptualHash(small.values),
    signature: Uint8Array.from(areaResize(small, SIGNATURE_SIDE, SIGNATURE_SIDE).values, Math.round),
  };
}

function exactHash({ pixels, height, width, channels }: RawImage): string {
  return createHash("sha256").update(`${height}x${width}x${channels}\n`).update(pixels).digest("hex");
}

/** pHash (Zauner 2010): which of the 8x8 lowest frequencies lie above their median. @param values [32, 32] */
function perceptualHash(values: Float32Array): string {
  const rows = new Float64Array(SIDE * FREQUENCIES);
  for (let y = 0; y < SIDE; y++)
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += values[y * SIDE + x] * COSINES[u * SIDE + x];
      rows[y * FREQUENCIES + u] = sum;
    }
  const low = new Float64Array(FREQUENCIES * FREQUENCIES);
  for (let v = 0; v < FREQUENCIES; v++)
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0;
      for (let y = 0; y < SIDE; y++) sum += rows[y * FREQUENCIES + u] * COSINES[v * SIDE + y];
      low[v * FREQUENCIES + u] = sum;
    }
  // The mean grey value (first) says nothing of the picture: left out of the median.
  const sorted = low.slice(1).sort();
  const median = sorted[sorted.length >> 1];
  let text = "";
  for (let at = 0; at < low.length; at += 4) {
    let nibble = 0;
    for (let bit = 0; bit < 4; bit++) nibble = (nibble << 1) | (low[at + bit] > median ? 1 : 0);
    text += nibble.toString(16);
  }
  return text;
}
