/** Dividing samples: stratified by label, never through a group, seeded. */
import { random } from "../random.ts";
import type { Split } from "./types.ts";

/** Samples that stay together: one group, or one sample without a group. */
interface Unit {
  group?: string;
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
  return dealer(totalsOf(labels), new Array<number>(folds).fill(1 / folds), seed)(labels, groups);
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
  return splitter(totalsOf(labels), fractions, seed)(labels, groups);
}

/**
 * The same for data that come block by block: what earlier blocks got counts, and a group stays where its first members went.
 *
 * @param totals how many samples of each label there are in all blocks
 */
export function splitter(
  totals: ReadonlyMap<number, number>,
  { test, validation }: { test: number; validation: number },
  seed: number,
): (labels: Int32Array, groups: (string | undefined)[]) => Split[] {
  const names: Split[] = ["train", "test", "validation"];
  const deal = dealer(totals, [1 - test - validation, test, validation], seed);
  return (labels, groups) => Array.from(deal(labels, groups), (part) => names[part]);
}

function totalsOf(labels: Int32Array): Map<number, number> {
  const totals = new Map<number, number>();
  for (const label of labels) totals.set(label, (totals.get(label) ?? 0) + 1);
  return totals;
}

/**
 * Deals units to parts of the given sizes. Large units go first; each goes to the part that is furthest below its due for the unit's labels,
 * and a part that has none of a label comes before all others; of equal parts the emptier one is taken.
 */
function dealer(totals: ReadonlyMap<number, number>, sizes: number[], seed: number) {
  const chance = random(seed);
  const all = [...totals.values()].reduce((sum, count) => sum + count, 0);
  const held = new Map(Array.from(totals.keys(), (label) => [label, new Float64Array(sizes.length)]));
  const filled = new Float64Array(sizes.length);
  const homes = new Map<string, number>();
  const partOf = (unit: Unit): number => {
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
        if (held.get(label)![p] === 0) need += (all * count) / unit.members.length;
      }
      const fill = filled[p] / sizes[p];
      if (need > bestNeed + 1e-9 || (need > bestNeed - 1e-9 && fill < bestFill - 1e-9)) {
        best = p;
        bestNeed = need;
        bestFill = fill;
      }
    }
    return best;
  };
  return (labels: Int32Array, groups: (string | undefined)[]): Int32Array => {
    const units = chance.shuffle(unitsOf(labels, groups));
    units.sort((a, b) => b.members.length - a.members.length || a.counts[0][0] - b.counts[0][0]);
    const part = new Int32Array(labels.length);
    for (const unit of units) {
      const home = (unit.group === undefined ? undefined : homes.get(unit.group)) ?? partOf(unit);
      if (unit.group !== undefined) homes.set(unit.group, home);
      for (const member of unit.members) part[member] = home;
      for (const [label, count] of unit.counts) held.get(label)![home] += count;
      filled[home] += unit.members.length;
    }
    return part;
  };
}

function unitsOf(labels: Int32Array, groups: (string | undefined)[]): Unit[] {
  const grouped = new Map<string, number[]>();
  const units: { group?: string; members: number[] }[] = [];
  for (let i = 0; i < labels.length; i++) {
    const group = groups[i];
    const members = group === undefined ? undefined : grouped.get(group);
    if (members) {
      members.push(i);
      continue;
    }
    const own = [i];
    units.push({ group, members: own });
    if (group !== undefined) grouped.set(group, own);
  }
  return units.map(({ group, members }) => {
    const counts = new Map<number, number>();
    for (const member of members) counts.set(labels[member], (counts.get(labels[member]) ?? 0) + 1);
    return { group, members, counts: [...counts].sort((a, b) => a[0] - b[0]) };
  });
}
