/** Dividing samples: stratified by label, never through a group, seeded. */
import { random } from "../random.ts";
import type { Split } from "./types.ts";

/** Samples that stay together: one group, or one sample without a group. */
interface Unit {
  members: number[];
  /** Members by label, sorted by label. */
  counts: [label: number, count: number][];
}

/**
 * Folds for cross-validation, stratified by label; a group lies in one fold. Folds of ungrouped samples differ by at most one image a class.
 *
 * @param labels [samples]
 * @param groups [samples]; a sample without a group stands for itself
 * @param folds how many, at least 2
 * @returns the fold of each sample, 0 .. folds - 1
 */
export function groupFolds(
  labels: Int32Array,
  groups: (string | undefined)[],
  folds: number,
  seed: number,
): Int32Array {
  return deal(labels, groups, new Array<number>(folds).fill(1 / folds), seed);
}

/**
 * Train, validation and test for data that come undivided.
 *
 * @param fractions of all samples, each in [0, 1); the rest is training. Every class with at least two units keeps one in training,
 *   and gets one in the test set where `test` is above zero.
 * @returns the split of each sample
 */
export function makeSplits(
  labels: Int32Array,
  groups: (string | undefined)[],
  fractions: { test: number; validation: number },
  seed: number,
): Split[] {
  const { test, validation } = fractions;
  const names: Split[] = ["train", "test", "validation"];
  const parts = deal(labels, groups, [1 - test - validation, test, validation], seed);
  return Array.from(parts, (part) => names[part]);
}

/**
 * Deals units to parts of the given sizes. Large units go first; each goes to the part that is furthest below its due for the unit's labels,
 * and a part that has none of a label comes before all others; of equal parts the emptier one is taken.
 */
function deal(labels: Int32Array, groups: (string | undefined)[], sizes: number[], seed: number): Int32Array {
  const units = random(seed).shuffle(unitsOf(labels, groups));
  units.sort((a, b) => b.members.length - a.members.length || a.counts[0][0] - b.counts[0][0]);
  const totals = new Map<number, number>();
  for (const label of labels) totals.set(label, (totals.get(label) ?? 0) + 1);
  const held = new Map(Array.from(totals.keys(), (label) => [label, new Float64Array(sizes.length)]));
  const filled = new Float64Array(sizes.length);
  const part = new Int32Array(labels.length);
  for (const unit of units) {
    let best = -1;
    let bestNeed = Number.NEGATIVE_INFINITY;
    let bestFill = Number.POSITIVE_INFINITY;
    for (let p = 0; p < sizes.length; p++) {
      if (sizes[p] <= 0) continue;
      // How far the part stays below its due of this unit's labels, in units of its own size, once the unit is in.
      let need = 0;
      for (const [label, count] of unit.counts) {
        const due = sizes[p] * totals.get(label)!;
        need += (count / unit.members.length) * ((due - held.get(label)![p] - count / 2) / sizes[p]);
        if (held.get(label)![p] === 0) need += (labels.length * count) / unit.members.length;
      }
      const fill = filled[p] / sizes[p];
      if (need > bestNeed + 1e-9 || (need > bestNeed - 1e-9 && fill < bestFill - 1e-9)) {
        best = p;
        bestNeed = need;
        bestFill = fill;
      }
    }
    for (const member of unit.members) part[member] = best;
    for (const [label, count] of unit.counts) held.get(label)![best] += count;
    filled[best] += unit.members.length;
  }
  return part;
}

function unitsOf(labels: Int32Array, groups: (string | undefined)[]): Unit[] {
  const grouped = new Map<string, number[]>();
  const units: number[][] = [];
  for (let i = 0; i < labels.length; i++) {
    const group = groups[i];
    const members = group === undefined ? undefined : grouped.get(group);
    if (members) {
      members.push(i);
      continue;
    }
    const own = [i];
    units.push(own);
    if (group !== undefined) grouped.set(group, own);
  }
  return units.map((members) => {
    const counts = new Map<number, number>();
    for (const member of members) counts.set(labels[member], (counts.get(labels[member]) ?? 0) + 1);
    return { members, counts: [...counts].sort((a, b) => a[0] - b[0]) };
  });
}
