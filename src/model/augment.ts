import type { ImageShape } from "../dataset/types.ts";
import { type Random, random } from "../random.ts";
import type { Augmentation } from "./types.ts";

/** Fills `out` [height, width, channels], 0..255, from the image that starts at `from`. */
export type AugmentImage = (pixels: Uint8Array, from: number, seed: number, out: Float32Array) => void;

const GEOMETRIC = ["rotation", "shift", "zoom", "shear", "horizontalFlip", "verticalFlip"] as const;
/** Whether pixels are moved. */
const moves = (augmentation: Augmentation): boolean => GEOMETRIC.some((operation) => augmentation[operation]);

/** Whether anything is changed at all. */
export const isActive = (augmentation: Augmentation | undefined): augmentation is Augmentation =>
  augmentation !== undefined && Object.values(augmentation).some(Boolean);

/** Seed of one image in one epoch, from that epoch's seed (the finaliser of MurmurHash3, Appleby 2011). */
export function imageSeed(epochSeed: number, image: number): number {
  let mixed = epochSeed ^ Math.imul(image + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/**
 * Random changes of one image: one affine map (bilinear, edges repeated), then colours. Each strength is the widest change
 * either way, drawn evenly; flips happen half of the time.
 */
export function augmenter(augmentation: Augmentation, shape: ImageShape): AugmentImage {
  const size = shape.height * shape.width * shape.channels;
  const geometric = moves(augmentation);
  return (pixels, from, seed, out) => {
    const source = random(seed);
    if (geometric) warp(pixels, from, shape, drawMap(augmentation, shape, source), out);
    else for (let i = 0; i < size; i++) out[i] = pixels[from + i];
    if (augmentation.hue && shape.channels === 3) turnHue(out, either(source, augmentation.hue));
    if (augmentation.contrast) stretch(out, 1 + either(source, augmentation.contrast));
    if (augmentation.brightness) brighten(out, 255 * either(source, augmentation.brightness));
    if (augmentation.erase) erase(out, shape, augmentation.erase, source);
  };
}

/** Fills `out` [height, width] with a mask changed as `AugmentImage` changes its image from the same seed. */
export type AugmentMask = (masks: Uint8Array, from: number, seed: number, out: Uint8Array, to: number) => void;

/** The same affine map for masks, each pixel the nearest one's class; colours and erasing leave a mask as it is. */
export function maskAugmenter(augmentation: Augmentation, shape: ImageShape): AugmentMask {
  const { height, width } = shape;
  const size = height * width;
  return (masks, from, seed, out, to) => {
    if (!moves(augmentation)) {
      out.set(masks.subarray(from, from + size), to);
      return;
    }
    const [a, b, c, d, e, f] = drawMap(augmentation, shape, random(seed));
    for (let y = 0, at = to; y < height; y++)
      for (let x = 0; x < width; x++, at++) {
        const column = Math.round(Math.min(width - 1, Math.max(0, a * x + b * y + c)));
        const row = Math.round(Math.min(height - 1, Math.max(0, d * x + e * y + f)));
        out[at] = masks[from + row * width + column];
      }
  };
}

/** Even in [-strength, strength). */
const either = (source: Random, strength: number): number => (2 * source.float() - 1) * strength;

/** Where each output pixel comes from: x' = a x + b y + c, y' = d x + e y + f, in pixels. */
export type AffineMap = [a: number, b: number, c: number, d: number, e: number, f: number];

function drawMap(augmentation: Augmentation, { height, width }: ImageShape, source: Random): AffineMap {
  const { rotation = 0, shear = 0, zoom = 0, shift = 0 } = augmentation;
  const angle = (either(source, rotation) * Math.PI) / 180;
  const slant = Math.tan((either(source, shear) * Math.PI) / 180);
  const scale = 1 + either(source, zoom);
  const shiftX = either(source, shift) * width;
  const shiftY = either(source, shift) * height;
  const mirrorX = augmentation.horizontalFlip && source.float() < 0.5 ? -1 : 1;
  const mirrorY = augmentation.verticalFlip && source.float() < 0.5 ? -1 : 1;
  const [cosine, sine] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const a = mirrorX * cosine;
  const b = mirrorX * (cosine * slant - sine);
  const d = mirrorY * sine;
  const e = mirrorY * (sine * slant + cosine);
  const centreX = (width - 1) / 2;
  const centreY = (height - 1) / 2;
  return [a, b, centreX - a * centreX - b * centreY + shiftX, d, e, centreY - d * centreX - e * centreY + shiftY];
}

/** One image through an affine map: bilinear, edges repeated. */
export function warp(
  pixels: Uint8Array,
  from: number,
  { height, width, channels }: ImageShape,
  [a, b, c, d, e, f]: AffineMap,
  out: Float32Array,
): void {
  let at = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const sourceX = Math.min(width - 1, Math.max(0, a * x + b * y + c));
      const sourceY = Math.min(height - 1, Math.max(0, d * x + e * y + f));
      const left = Math.floor(sourceX);
      const top = Math.floor(sourceY);
      const right = sourceX - left;
      const down = sourceY - top;
      const upper = from + (top * width + left) * channels;
      const lower = top + 1 < height ? upper + width * channels : upper;
      const next = left + 1 < width ? channels : 0;
      for (let channel = 0; channel < channels; channel++) {
        const above = pixels[upper + channel] * (1 - right) + pixels[upper + next + channel] * right;
        const below = pixels[lower + channel] * (1 - right) + pixels[lower + next + channel] * right;
        out[at++] = above * (1 - down) + below * down;
      }
    }
}

const clamp = (value: number): number => Math.min(255, Math.max(0, value));

function brighten(out: Float32Array, by: number): void {
  for (let i = 0; i < out.length; i++) out[i] = clamp(out[i] + by);
}

/** Contrast about the image's own mean. */
function stretch(out: Float32Array, factor: number): void {
  let mean = 0;
  for (let i = 0; i < out.length; i++) mean += out[i];
  mean /= out.length;
  for (let i = 0; i < out.length; i++) out[i] = clamp(mean + (out[i] - mean) * factor);
}

/** Turns colours about the grey axis (Rodrigues' rotation formula); `turn` 1 is the whole circle. Greys stay as they are. */
function turnHue(out: Float32Array, turn: number): void {
  const cosine = Math.cos(2 * Math.PI * turn);
  const sine = Math.sin(2 * Math.PI * turn) / Math.sqrt(3);
  const third = (1 - cosine) / 3;
  for (let i = 0; i < out.length; i += 3) {
    const [red, green, blue] = [out[i], out[i + 1], out[i + 2]];
    const grey = (red + green + blue) * third;
    out[i] = clamp(red * cosine + grey + sine * (blue - green));
    out[i + 1] = clamp(green * cosine + grey + sine * (red - blue));
    out[i + 2] = clamp(blue * cosine + grey + sine * (green - red));
  }
}

/**
 * Covers a square by a colour drawn at random (random erasing, Zhong et al. 2020: random values serve better than the mean,
 * since what covers an object may look like anything).
 */
function erase(out: Float32Array, { height, width, channels }: ImageShape, strength: number, source: Random): void {
  const side = Math.round(source.float() * strength * Math.min(height, width));
  const top = source.int(height - side + 1);
  const left = source.int(width - side + 1);
  for (let channel = 0; channel < channels; channel++) {
    const value = 255 * source.float();
    for (let y = top; y < top + side; y++)
      for (let x = left; x < left + side; x++) out[(y * width + x) * channels + channel] = value;
  }
}
