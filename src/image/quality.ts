/** Measures of an image by itself. Whether one is odd is decided against its dataset, later. */
import { type Grey, greyOf, type RawImage } from "./raw.ts";

export interface Quality {
  /** Mean of the grey values, 0..1. */
  brightness: number;
  /** Standard deviation of the grey values, 0..0.5. */
  contrast: number;
  /** Variance of the Laplacian of the grey values 0..255 (Pech-Pacheco et al. 2000): low means blurred. */
  sharpness: number;
  /** Entropy of the grey values' histogram, bits, 0..8. */
  entropy: number;
  /** Mean red less mean blue, -1..1; 0 for a grey image. */
  warmth: number;
  /** Mean green less the mean of red and blue, -1..1; 0 for a grey image. */
  greenness: number;
}

/** @param grey `greyOf` the image, where it is at hand */
export function measure(image: RawImage, { values, height, width }: Grey = greyOf(image)): Quality {
  // Two histograms: neighbours are alike, and a count that was just written is slow to read again.
  const histogram = HISTOGRAM.fill(0);
  const other = OTHER.fill(0);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    sum += value;
    squares += value * value;
    const counts = i & 1 ? other : histogram;
    counts[(value + 0.5) | 0]++;
  }
  for (let level = 0; level < 256; level++) histogram[level] += other[level];
  const mean = sum / values.length;
  return {
    brightness: mean / 255,
    contrast: Math.sqrt(Math.max(0, squares / values.length - mean * mean)) / 255,
    sharpness: laplacianVariance(values, height, width),
    entropy: entropyOf(histogram, values.length),
    ...tint(image),
  };
}

// Used again by each image.
const HISTOGRAM = new Int32Array(256);
const OTHER = new Int32Array(256);

function tint({ pixels, channels }: RawImage): { warmth: number; greenness: number } {
  if (channels === 1) return { warmth: 0, greenness: 0 };
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    red += pixels[i];
    green += pixels[i + 1];
    blue += pixels[i + 2];
  }
  const all = (255 * pixels.length) / 3;
  return { warmth: (red - blue) / all, greenness: (green - (red + blue) / 2) / all };
}

function laplacianVariance(values: Float32Array, height: number, width: number): number {
  if (height < 3 || width < 3) return 0;
  let sum = 0;
  let squares = 0;
  const count = (height - 2) * (width - 2);
  for (let y = 1; y < height - 1; y++) {
    let at = y * width + 1;
    let left = values[at - 1];
    let middle = values[at];
    for (const end = at + width - 2; at < end; at++) {
      const right = values[at + 1];
      const response = values[at - width] + values[at + width] + left + right - 4 * middle;
      sum += response;
      squares += response * response;
      left = middle;
      middle = right;
    }
  }
  return Math.max(0, squares / count - (sum / count) ** 2);
}

function entropyOf(histogram: Int32Array, total: number): number {
  let bits = 0;
  for (const count of histogram) if (count > 0) bits -= (count / total) * Math.log2(count / total);
  return bits;
}
