/** Planes of luma and colour differences to pixels. */
import type { Header } from "./header.ts";
import { type Plane, reused } from "./scan.ts";

/**
 * The plane at full size, `[height, width]`: one sample for two across and perhaps two down, weighed 3 to 1 with the next (a
 * triangle's filter), as the usual decoders do by default.
 *
 * @param place of the memory for the result
 */
export function enlarged(
  { samples, stride }: Plane,
  { height, width, components: [{ across, down }] }: Header,
  place: number,
): Plane {
  if (across === 1) return { samples, stride };
  const columns = Math.ceil(width / 2);
  const rows = Math.ceil(height / down);
  const wide = 2 * columns;
  const result = reused(place, wide * rows * down);
  // One row and a neighbour weigh 3 to 1 (the sum is 4 times a sample); a row alone is taken as it is.
  const [own, next, half, other, shift] = down === 2 ? [3, 1, 8, 7, 4] : [1, 0, 1, 2, 2];
  for (let y = 0, to = 0; y < rows * down; y++) {
    const row = down === 2 ? y >> 1 : y;
    const near = row * stride;
    const far = Math.max(0, Math.min(rows - 1, row + (y % 2 === 0 ? -1 : 1))) * stride;
    let middle = own * samples[near] + next * samples[far];
    let left = middle;
    for (let x = 1; x <= columns; x++) {
      const right = x < columns ? own * samples[near + x] + next * samples[far + x] : middle;
      result[to++] = (3 * middle + left + half) >> shift;
      result[to++] = (3 * middle + right + other) >> shift;
      left = middle;
      middle = right;
    }
  }
  return { samples: result, stride: wide };
}

const BITS = 16;
const weights = (factor: number, half: number): Int32Array =>
  Int32Array.from({ length: 256 }, (_, value) => Math.round(factor * 2 ** BITS) * (value - 128) + half);
const HALF = 1 << (BITS - 1);
/** JFIF's weights (ITU-R BT.601, full range), in units of 2^-16. */
const RED = weights(1.402, HALF).map((value) => value >> BITS);
const BLUE = weights(1.772, HALF).map((value) => value >> BITS);
const GREEN_OF_BLUE = weights(-0.34414, HALF);
const GREEN_OF_RED = weights(-0.71414, 0);

/** `[height, width, 3]`. */
export function toRgb([luma, blue, red]: Plane[], height: number, width: number): Uint8Array {
  const pixels = new Uint8ClampedArray(height * width * 3);
  const [lights, blues, reds] = [luma.samples, blue.samples, red.samples];
  for (let y = 0, to = 0; y < height; y++) {
    let [l, b, r] = [y * luma.stride, y * blue.stride, y * red.stride];
    for (let x = 0; x < width; x++) {
      const light = lights[l++];
      const toBlue = blues[b++];
      const toRed = reds[r++];
      pixels[to++] = light + RED[toRed];
      pixels[to++] = light + ((GREEN_OF_BLUE[toBlue] + GREEN_OF_RED[toRed]) >> BITS);
      pixels[to++] = light + BLUE[toBlue];
    }
  }
  return new Uint8Array(pixels.buffer);
}

/** `[height, width]`. */
export function cropped({ samples, stride }: Plane, height: number, width: number): Uint8Array {
  const pixels = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) pixels.set(samples.subarray(y * stride, y * stride + width), y * width);
  return pixels;
}
