import type { ImageShape } from "../dataset/types.ts";
import type { LayerSpec, Recipe } from "./types.ts";

/** Filters at full resolution, the widest first; each level down has twice as many, up to `MOST_FILTERS`. */
const WIDTHS = [32, 24, 16, 12, 8, 6, 4, 3, 2];
const MOST_FILTERS = 256;
/** Side of the smallest level, pixels: about what an object's context takes. */
const SMALLEST_SIDE = 8;
const KERNEL = 3;

/**
 * A small network for masks (after Ronneberger et al. 2015, one convolution a level): it keeps the layout of the image, which a dense
 * head throws away. It stands in where masks come with no recipe, and beside a recipe as the same task done with no more parameters.
 *
 * @param most parameters, at least those of the narrowest network; the widest that keeps to it is taken
 */
export function encoderDecoder(
  shape: ImageShape,
  classes: number,
  { most = 100_000 }: { most?: number } = {},
): { architecture: LayerSpec[]; parameters: number } {
  const depth = depthFor(shape);
  const all = WIDTHS.map((width) => ofWidth(shape, classes, depth, width));
  return all.find(({ parameters }) => parameters <= most) ?? all[all.length - 1];
}

/** The recipe of masks for a dataset that comes with none. `images`: of the training split; the fewer, the more epochs. */
export function defaultMaskRecipe(shape: ImageShape, classes: number, images: number): Recipe {
  return {
    architecture: encoderDecoder(shape, classes).architecture,
    compile: { optimizer: { name: "adam", learningRate: 0.003 }, loss: "sparseCategoricalCrossentropy" },
    fit: { epochs: Math.max(5, Math.min(40, Math.ceil(6_000 / Math.max(1, images)))), batchSize: 8 },
    input: { size: [shape.height, shape.width], channels: shape.channels, scale: "0..1", order: "rgb" },
  };
}

/** Levels below full resolution: each halves both sides without a remainder, so that they meet again on the way up. */
function depthFor({ height, width }: ImageShape): number {
  let depth = 0;
  for (let size = 2; height % size === 0 && width % size === 0; size *= 2) {
    if (Math.min(height, width) / size < SMALLEST_SIDE / 2) break;
    depth++;
  }
  return Math.min(4, depth);
}

function ofWidth(shape: ImageShape, classes: number, depth: number, width: number) {
  const architecture: LayerSpec[] = [];
  let channels: number = shape.channels;
  let parameters = 0;
  const convolve = (filters: number, more: object = {}, kernel = KERNEL) => {
    parameters += kernel * kernel * channels * filters + filters;
    channels = filters;
    architecture.push({ conv2d: { filters, kernelSize: kernel, padding: "same", activation: "relu", ...more } });
  };
  const at = (level: number) => Math.min(MOST_FILTERS, width * 2 ** level);
  for (let level = 0; level < depth; level++) {
    convolve(at(level), { name: `level ${level}` });
    architecture.push({ maxPooling2d: { poolSize: 2 } });
  }
  convolve(at(depth));
  for (let level = depth - 1; level >= 0; level--) {
    architecture.push({ upSampling2d: { size: [2, 2] } }, { concatenate: { with: `level ${level}` } });
    channels += at(level);
    convolve(at(level));
  }
  convolve(classes, { activation: "softmax" }, 1);
  return { architecture, parameters };
}
