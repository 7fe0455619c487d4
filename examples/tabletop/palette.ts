import type { Random } from "../../src/random.ts";
import type { Colour } from "../scenes/types.ts";

/** Colours of glazed crockery, linear light. */
export const GLAZES: readonly Colour[] = [
  [0.78, 0.76, 0.7],
  [0.7, 0.68, 0.66],
  [0.62, 0.1, 0.07],
  [0.06, 0.16, 0.42],
  [0.08, 0.3, 0.2],
  [0.72, 0.44, 0.06],
  [0.1, 0.42, 0.46],
  [0.5, 0.2, 0.3],
  [0.13, 0.14, 0.16],
  [0.55, 0.3, 0.16],
];

export const WOODS: readonly [light: Colour, dark: Colour][] = [
  [
    [0.42, 0.24, 0.11],
    [0.27, 0.13, 0.05],
  ],
  [
    [0.55, 0.38, 0.2],
    [0.42, 0.26, 0.12],
  ],
  [
    [0.2, 0.1, 0.05],
    [0.11, 0.05, 0.03],
  ],
];

export const CLOTHS: readonly [Colour, Colour][] = [
  [
    [0.66, 0.64, 0.58],
    [0.5, 0.3, 0.26],
  ],
  [
    [0.56, 0.6, 0.64],
    [0.34, 0.42, 0.54],
  ],
  [
    [0.3, 0.36, 0.3],
    [0.4, 0.45, 0.38],
  ],
];

export const WALLS: readonly Colour[] = [
  [0.5, 0.47, 0.42],
  [0.32, 0.4, 0.46],
  [0.4, 0.44, 0.36],
  [0.46, 0.36, 0.3],
  [0.24, 0.25, 0.28],
  [0.6, 0.58, 0.55],
];

export const pick = <T>(random: Random, from: readonly T[]): T => from[random.int(from.length)];

/** A number in [low, high). */
export const between = (random: Random, low: number, high: number): number => low + (high - low) * random.float();

/** The colour made lighter or darker and its channels shifted a little. */
export function varied(random: Random, colour: Colour, by = 0.15): Colour {
  const level = between(random, 1 - by, 1 + by);
  const shift = () => level * between(random, 1 - by / 2, 1 + by / 2);
  return [colour[0] * shift(), colour[1] * shift(), colour[2] * shift()];
}
