import type { View } from "../causes/view.ts";

/** Rows that stay together, those of one group or a row by itself, by the label of their first; all in the order of `rows`. */
export function unitsByLabel({ labels, groups }: View["samples"], rows: Int32Array): Map<number, number[][]> {
  const units = collect(rows, (row) => groups[row] ?? row);
  return collect(units.values(), ([row]) => labels[row]);
}

function collect<Key, T>(all: Iterable<T>, keyOf: (each: T) => Key): Map<Key, T[]> {
  const found = new Map<Key, T[]>();
  for (const each of all) {
    const members = found.get(keyOf(each));
    if (members) members.push(each);
    else found.set(keyOf(each), [each]);
  }
  return found;
}
