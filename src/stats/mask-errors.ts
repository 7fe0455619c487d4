/** Wrong pixels by what is wrong about them. */
import { assertAlike, filledFrom, IGNORE, type Mask, withoutIgnored } from "./mask.ts";
import { near, outlineOf, regionsOf } from "./mask-shape.ts";

/** In the order of their numbers in a map, from 1 on; 0 is no error. */
export const MASK_ERRORS = ["missed object", "false object", "wrong class", "boundary", "inside"] as const;
const [MISSED, FALSE, WRONG_CLASS, BOUNDARY, INSIDE] = [1, 2, 3, 4, 5];
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
  const objects = regionsOf(withoutIgnored(truth));
  const said = predictedWhereKnown(truth, predicted);
  const answers = regionsOf(said);
  const [was, is] = [truth.values, said.values];
  const foreground = new Float64Array(objects.pixels.length);
  const otherClass = new Float64Array(objects.pixels.length);
  const backed = new Float64Array(answers.pixels.length);
  for (let i = 0; i < was.length; i++) {
    const object = objects.regionOf[i];
    if (is[i] === 0) continue;
    if (object >= 0) foreground[object]++;
    if (object >= 0 && is[i] !== was[i]) otherClass[object]++;
    if (was[i] !== 0) backed[answers.regionOf[i]]++;
  }
  for (const counts of [foreground, otherClass]) for (let r = 0; r < counts.length; r++) counts[r] /= objects.pixels[r];
  for (let r = 0; r < backed.length; r++) backed[r] /= answers.pixels[r];
  const edge = near(outlineOf(filledFrom(truth, predicted)), height, width, tolerance);

  const map = new Uint8Array(height * width);
  const pixels = new Int32Array(MASK_ERRORS.length);
  for (let i = 0; i < map.length; i++) {
    if (was[i] === is[i] || was[i] === IGNORE) continue;
    const object = objects.regionOf[i];
    let kind: number;
    if (object >= 0 && foreground[object] < FOUND) kind = MISSED;
    else if (is[i] !== 0 && backed[answers.regionOf[i]] < FOUND) kind = FALSE;
    else if (object >= 0 && is[i] !== 0 && (otherClass[object] > 0.5 || !edge[i])) kind = WRONG_CLASS;
    else kind = edge[i] ? BOUNDARY : INSIDE;
    map[i] = kind;
    pixels[kind - 1]++;
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

/** The prediction, as background where the truth is to be ignored: no object is made up there. */
function predictedWhereKnown(truth: Mask, { values, height, width }: Mask): Mask {
  const known = values.slice();
  for (let i = 0; i < known.length; i++) if (truth.values[i] === IGNORE) known[i] = 0;
  return { values: known, height, width };
}
