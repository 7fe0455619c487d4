/**
 * Arithmetic that gives the same bits on every machine: only + - * / and sqrt, which IEEE 754 fixes, and whole numbers.
 * The language leaves Math.sin, Math.pow and their like to the engine.
 */

const RADIANS_PER_DEGREE = 0.017453292519943295;

/** The sine of an angle in degrees, by its Taylor series after folding to -90..90; error below 1e-11. */
export function sine(degrees: number): number {
  let angle = degrees - 360 * Math.floor(degrees / 360 + 0.5);
  if (angle > 90) angle = 180 - angle;
  if (angle < -90) angle = -180 - angle;
  const x = angle * RADIANS_PER_DEGREE;
  const square = x * x;
  let sum = 0;
  for (let power = 15; power > 1; power -= 2) sum = (square * (-1 - sum)) / (power * (power - 1));
  return x * (1 + sum);
}

export const cosine = (degrees: number): number => sine(degrees + 90);

export const clamp = (value: number, low: number, high: number): number => (value < low ? low : Math.min(value, high));

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothstep(low: number, high: number, value: number): number {
  const share = clamp((value - low) / (high - low), 0, 1);
  return share * share * (3 - 2 * share);
}

/** A number in [0, 1) from three whole numbers: the same for the same ones, as good as random for others. */
export function hash(x: number, y: number, seed: number): number {
  let bits = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 4294967296;
}

/** Smooth noise in [0, 1): random values at whole positions, blended between them. */
export function noise(x: number, y: number, seed: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const across = smoothstep(0, 1, x - left);
  const down = smoothstep(0, 1, y - top);
  const upper = hash(left, top, seed) * (1 - across) + hash(left + 1, top, seed) * across;
  const lower = hash(left, top + 1, seed) * (1 - across) + hash(left + 1, top + 1, seed) * across;
  return upper * (1 - down) + lower * down;
}
