/** What a pixel holds that belongs to no class and is left out of training and of every figure. */
export const IGNORE = 255;

/** `values`: [height, width], class indices or `IGNORE`. Class 0 is the background. */
export interface Mask {
  values: Uint8Array;
  height: number;
  width: number;
}

/** @throws RangeError where two masks of one image differ in size */
export function assertAlike(a: Mask, b: Mask): void {
  if (a.height !== b.height || a.width !== b.width || a.values.length !== b.values.length)
    throw new RangeError(
      `A mask is ${a.width} x ${a.height} pixels, another of the same image ${b.width} x ${b.height}.`,
    );
}

/** The mask with what is to be ignored as the background: it makes no objects. */
export function withoutIgnored({ values, height, width }: Mask): Mask {
  const known = values.slice();
  for (let i = 0; i < known.length; i++) if (known[i] === IGNORE) known[i] = 0;
  return { values: known, height, width };
}

/** The mask with another's values where it is to be ignored: it makes no outlines of its own. */
export function filledFrom({ values, height, width }: Mask, other: Mask): Mask {
  const known = values.slice();
  for (let i = 0; i < known.length; i++) if (known[i] === IGNORE) known[i] = other.values[i];
  return { values: known, height, width };
}
