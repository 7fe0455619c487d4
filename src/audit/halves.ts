import type { View } from "../causes/view.ts";
import { deriveSeed, random } from "../random.ts";
import { unitsByLabel } from "./units.ts";

/** The held-out test rows in two parts: variants are chosen on one, claims are quoted from the other. */
export interface Halves {
  explore: Int32Array;
  quote: Int32Array;
  /** Half of the exploring part: rows that an exploring experiment may train on; it is judged on the rest. */
  movable: Int32Array;
}

export function halve(view: Pick<View, "test" | "samples">, seed: number): Halves {
  const [explore, quote] = split(view, view.test, deriveSeed(seed, "halves"));
  const [movable] = split(view, explore, deriveSeed(seed, "movable"));
  return { explore, quote, movable };
}

/** Two halves with the same classes in them; the rows of one group stay together. */
function split({ samples }: Pick<View, "samples">, rows: Int32Array, seed: number): [Int32Array, Int32Array] {
  const byLabel = unitsByLabel(samples, rows);
  const chance = random(seed);
  const halves: [number[], number[]] = [[], []];
  for (const label of [...byLabel.keys()].sort((a, b) => a - b))
    for (const members of chance.shuffle(byLabel.get(label)!))
      halves[halves[0].length <= halves[1].length ? 0 : 1].push(...members);
  return [Int32Array.from(halves[0]).sort(), Int32Array.from(halves[1]).sort()];
}
