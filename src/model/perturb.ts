import type { ImageShape } from "../dataset/types.ts";
import { type AffineMap, warp } from "./augment.ts";

/** One way of changing an image before it is predicted again. */
export interface Variant {
  id: string;
  kind: "given" | "shift" | "rotation" | "scale" | "occlusion" | "input";
  /** Pixels of a shift, degrees of a rotation, factor of a scale, side of a patch as a fraction; 0 for the others. */
  amount: number;
}

type Change = (pixels: Uint8Array, from: number, shape: ImageShape, out: Float32Array) => void;
type Made = Variant & { change: Change };

/** Side of the patch that covers a part of the image, as a fraction of the image's shorter side. */
const PATCH = 0.3;

/**
 * The changes that a model's answers are tried under, the image as it is first. Shifts are of 1, 2 and 4 pixels of an image
 * of up to 48 pixels, of as large a part of a larger one.
 */
export const variantsFor = (shape: ImageShape): Variant[] =>
  all(shape).map(({ id, kind, amount }) => ({ id, kind, amount }));

/** Pixels [images, height, width, channels] changed in one way, as many as are given. */
export function perturbed(variant: Variant, pixels: Uint8Array, shape: ImageShape): Uint8Array {
  const { change } = all(shape).find(({ id }) => id === variant.id)!;
  const size = shape.height * shape.width * shape.channels;
  const result = new Uint8ClampedArray(pixels.length);
  const out = new Float32Array(size);
  for (let from = 0; from < pixels.length; from += size) {
    change(pixels, from, shape, out);
    result.set(out, from);
  }
  return new Uint8Array(result.buffer);
}

function all(shape: ImageShape): Made[] {
  const unit = Math.max(1, Math.round(Math.min(shape.height, shape.width) / 32));
  const shifts = [1, 2, 4].flatMap((steps): Made[] => {
    const pixels = steps * unit;
    return (
      [
        ["right", pixels, 0],
        ["left", -pixels, 0],
        ["down", 0, pixels],
        ["up", 0, -pixels],
      ] as const
    ).map(([way, x, y]) => ({
      id: `${pixels} px ${way}`,
      kind: "shift",
      amount: pixels,
      change: moved([1, 0, -x, 0, 1, -y]),
    }));
  });
  const rotations = [10, -10, 20, -20, 40, -40].map(
    (degrees): Made => ({
      id: `turned by ${degrees} degrees`,
      kind: "rotation",
      amount: Math.abs(degrees),
      change: about(shape, (degrees * Math.PI) / 180, 1),
    }),
  );
  const scales = [0.7, 0.85, 1.18, 1.43].map(
    (factor): Made => ({ id: `scaled by ${factor}`, kind: "scale", amount: factor, change: about(shape, 0, factor) }),
  );
  return [
    { id: "as it is", kind: "given", amount: 0, change: moved([1, 0, 0, 0, 1, 0]) },
    ...shifts,
    ...rotations,
    ...scales,
    ...occlusions(),
    ...inputs(shape),
  ];
}

const moved =
  (map: AffineMap): Change =>
  (pixels, from, shape, out) =>
    warp(pixels, from, shape, map, out);

/** A rotation and a scale about the image's centre. */
function about({ height, width }: ImageShape, angle: number, factor: number): Change {
  const [cosine, sine] = [Math.cos(angle) / factor, Math.sin(angle) / factor];
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  return moved([cosine, -sine, x - cosine * x + sine * y, sine, cosine, y - sine * x - cosine * y]);
}

function occlusions(): Made[] {
  const places = {
    centre: [0.5, 0.5],
    "top left": [0, 0],
    "top right": [0, 1],
    "bottom left": [1, 0],
    "bottom right": [1, 1],
  };
  return Object.entries(places).map(([place, [down, right]]) => ({
    id: `covered at the ${place}`,
    kind: "occlusion",
    amount: PATCH,
    change: (pixels, from, { height, width, channels }, out) => {
      copy(pixels, from, out);
      const side = Math.round(PATCH * Math.min(height, width));
      const top = Math.round(down * (height - side));
      const left = Math.round(right * (width - side));
      for (let channel = 0; channel < channels; channel++) {
        let mean = 0;
        for (let i = channel; i < out.length; i += channels) mean += out[i] / (height * width);
        for (let y = top; y < top + side; y++)
          for (let x = left; x < left + side; x++) out[(y * width + x) * channels + channel] = mean;
      }
    },
  }));
}

function copy(pixels: Uint8Array, from: number, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = pixels[from + i];
}

/** The darkest value becomes 0 and the brightest 255, whatever an image was scaled by; one of a single value stays as it is. */
function stretched(pixels: Uint8Array, from: number, _shape: ImageShape, out: Float32Array): void {
  let [low, high] = [255, 0];
  for (let i = 0; i < out.length; i++) {
    low = Math.min(low, pixels[from + i]);
    high = Math.max(high, pixels[from + i]);
  }
  const gain = high > low ? 255 / (high - low) : 1;
  const dark = high > low ? low : 0;
  for (let i = 0; i < out.length; i++) out[i] = gain * (pixels[from + i] - dark);
}

/** What a slip in preprocessing makes of an image. */
function inputs({ height, width, channels }: ImageShape): Made[] {
  const valued = (id: string, value: (grey: number) => number): Made => ({
    id,
    kind: "input",
    amount: 0,
    change: (pixels, from, _shape, out) => {
      for (let i = 0; i < out.length; i++) out[i] = value(pixels[from + i]);
    },
  });
  const placed = (id: string, map: AffineMap): Made => ({ id, kind: "input", amount: 0, change: moved(map) });
  return [
    valued("inverted", (grey) => 255 - grey),
    valued("half as bright", (grey) => grey / 2),
    valued("twice as bright", (grey) => 2 * grey),
    { id: "stretched to the full range of values", kind: "input", amount: 0, change: stretched },
    placed("mirrored", [-1, 0, width - 1, 0, 1, 0]),
    placed("upside down", [1, 0, 0, 0, -1, height - 1]),
    ...(height === width ? [placed("rows and columns swapped", [0, 1, 0, 1, 0, 0])] : []),
    ...(channels === 3
      ? [
          {
            id: "red and blue swapped",
            kind: "input" as const,
            amount: 0,
            change: (pixels: Uint8Array, from: number, _shape: ImageShape, out: Float32Array) => {
              for (let i = 0; i < out.length; i++) out[i] = pixels[from + i - (i % 3) + (2 - (i % 3))];
            },
          },
        ]
      : []),
  ];
}
