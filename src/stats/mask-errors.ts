/** Wrong pixels by what is wrong about them. */
import { assertAlike, IGNORE, type Mask } from "./mask.ts";
import { near, outlineOf, type Regions, regionsOf } from "./mask-shape.ts";

/** In the order of their numbers in a map, from 1 on; 0 is no error. */
export const MASK_ERRORS = ["missed object", "false object", "wrong class", "boundary", "inside"] as const;
export type MaskError = (typeof MASK_ERRORS)[number];

export interface MaskErrors {
  /** Number of the kind of error, [height, width]; 0 where there is none. */
  map: Uint8Array;
  /** Pixels of each kind, in the order of `MASK_ERRORS`. */
  pixels: Int32Array;
  /** Regions of the truth, and those that were missed or are of another class; regions of the prediction that are nothing. */
  objects: { true: number; missed: number; wrongClass: number; false: number };
}

/** An object is found where as much of it is predicted as an object of any class. */
const FOUND = 0.1;

/**
 * Each wrong pixel has one kind:
 * - missed object: of a true region of which less than a tenth is predicted as foreground;
 * - false object: of a predicted region of which less than a tenth is foreground in truth;
 * - wrong class: foreground taken for another class, in a true region that is mostly taken so, or away from outlines;
 * - boundary: within `tolerance` pixels of an outline of the truth;
 * - inside: what is left, holes and spilling over.
 *
 * Class 0 is the background; what is to be ignored in the truth is no error and no object.
 */
export function splitErrors(truth: Mask, predicted: Mask, { tolerance }: { tolerance: number }): MaskErrors {
  assertAlike(truth, predicted);
  const { height, width } = truth;
  // What is to be ignored makes no object of a prediction, and no outline of the truth.
  const said: Mask = {
    ...predicted,
    values: predicted.values.map((value, i) => (truth.values[i] === IGNORE ? 0 : value)),
  };
  const known: Mask = {
    ...truth,
    values: truth.values.map((value, i) => (value === IGNORE ? predicted.values[i] : value)),
  };
  const objects = regionsOf({ ...truth, values: truth.values.map((value) => (value === IGNORE ? 0 : value)) });
  const answers = regionsOf(said);
  const foreground = shareOf(objects, (pixel) => said.values[pixel] !== 0);
  const otherClass = shareOf(
    objects,
    (pixel) => said.values[pixel] !== 0 && said.values[pixel] !== truth.values[pixel],
  );
  const backed = shareOf(answers, (pixel) => truth.values[pixel] !== 0);
  const edge = near(outlineOf(known), height, width, tolerance);

  const map = new Uint8Array(height * width);
  const pixels = new Int32Array(MASK_ERRORS.length);
  for (let i = 0; i < map.length; i++) {
    const [was, is] = [truth.values[i], said.values[i]];
    if (was === IGNORE || was === is) continue;
    let kind: MaskError;
    if (was !== 0 && foreground[objects.regionOf[i]] < FOUND) kind = "missed object";
    else if (is !== 0 && backed[answers.regionOf[i]] < FOUND) kind = "false object";
    else if (was !== 0 && is !== 0 && (otherClass[objects.regionOf[i]] > 0.5 || !edge[i])) kind = "wrong class";
    else kind = edge[i] ? "boundary" : "inside";
    const number = MASK_ERRORS.indexOf(kind);
    map[i] = number + 1;
    pixels[number]++;
  }
  const count = (shares: Float64Array, test: (share: number) => boolean) => shares.filter(test).length;
  return {
    map,
    pixels,
    objects: {
      true: objects.pixels.length,
      missed: count(foreground, (share) => share < FOUND),
      wrongClass: count(otherClass, (share) => share > 0.5),
      false: count(backed, (share) => share < FOUND),
    },
  };
}

/** Share of each region's pixels of which something is so. */
function shareOf({ regionOf, pixels }: Regions, is: (pixel: number) => boolean): Float64Array {
  const counts = new Float64Array(pixels.length);
  for (let i = 0; i < regionOf.length; i++) if (regionOf[i] >= 0 && is(i)) counts[regionOf[i]]++;
  return counts.map((count, region) => count / pixels[region]);
}
