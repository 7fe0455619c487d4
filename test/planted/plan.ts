import { deriveSeed, random } from "../../src/random.ts";
import { ALL_BASES } from "./bases/index.ts";
import { DECOYS } from "./decoys.ts";
import { MASK_DECOYS } from "./decoys-masks.ts";
import { ALL_FAULTS } from "./faults/index.ts";
import type { Base, BaseId, Case, Change, Fault, SetName, Setting, Strength } from "./types.ts";

/** Faults planted together; both must be among the first three findings. */
const PAIRS: [string, string][] = [
  ["label-noise-next", "class-imbalance"],
  ["label-noise-random", "leakage"],
  ["learning-rate-low", "label-noise-next"],
  ["too-few-epochs", "class-imbalance"],
  ["coverage-viewpoints", "label-noise-next"],
  ["spurious-patch", "leakage"],
  ["augmentation-rotation", "class-imbalance"],
  ["regularization-none", "leakage"],
  ["learning-rate-high", "class-imbalance"],
  ["preprocessing-scale", "label-noise-next"],
  ["loss-mismatch", "leakage"],
  ["occlusion", "class-imbalance"],
  ["masks-flipped", "learning-rate-low"],
  ["too-few-epochs", "masks-rare-class"],
];

/** Of each set. That of the final one goes up when rules change after some of its cases were looked at: what is measured then was not seen. */
const SEEDS: Record<SetName, number> = { tune: 1, final: 10 };

/** Clean audits of each base, each with data and seeds of its own. */
const CLEAN = 9;

const faultOf = new Map(ALL_FAULTS.map((fault) => [fault.id, fault]));
const decoyOf = new Map([...DECOYS, ...MASK_DECOYS].map((decoy) => [decoy.id, decoy]));

export function changeOf(id: string): Change {
  const found = faultOf.get(id) ?? decoyOf.get(id);
  if (!found) throw new Error(`There is no fault or decoy ${id}.`);
  return found;
}

/** The faults of a case; none for clean controls and decoys. */
export const faultsOf = ({ kind, changes }: Pick<Case, "kind" | "changes">): Fault[] =>
  kind === "fault" || kind === "pair" ? changes.map(({ id }) => faultOf.get(id)!) : [];

const suits = (change: Change, base: BaseId): boolean =>
  change.bases?.includes(base) ?? ALL_BASES[base].suits?.includes(change.id) ?? true;
const short = (strength: Strength): string =>
  typeof strength === "number" ? String(Number(strength.toPrecision(3))) : strength.replaceAll(" ", "-");

function makeCase(set: SetName, kind: Case["kind"], base: BaseId, changes: Case["changes"], copy = 0): Case {
  const what = changes.map(({ id, strength }) => `${id}-${short(strength)}`).join("+") || `clean-${copy + 1}`;
  const id = `${what}.${base}`;
  return { id, set, kind, base, changes, seed: deriveSeed(SEEDS[set], "planted", id) };
}

/**
 * All cases of a set on these bases, in an order in which the first so many already show something of everything. Each
 * fault is planted once on each base that it suits, at its strengths in turn.
 */
export function casesOf(set: SetName, bases: Base[]): Case[] {
  const ids = bases.map(({ id }) => id);
  const once = (kind: "fault" | "decoy", change: Change): Case[] =>
    ids
      .filter((base) => suits(change, base) && change.strengths[set].length > 0)
      .map((base, k) => {
        const strengths = change.strengths[set];
        return makeCase(set, kind, base, [{ id: change.id, strength: strengths[k % strengths.length] }]);
      });
  const pairs = PAIRS.flatMap(([one, other], k) => {
    const changes = [one, other].map((id) => {
      const { strengths } = changeOf(id);
      return { id, strength: strengths[set][k % strengths[set].length] };
    });
    const fitting = ids.filter((base) => changes.every(({ id }) => suits(changeOf(id), base)));
    return fitting.slice(0, 2).map((base) => makeCase(set, "pair", base, changes));
  });
  const clean = ids.flatMap((base) => Array.from({ length: CLEAN }, (_, k) => makeCase(set, "clean", base, [], k)));
  const kinds = [
    ALL_FAULTS.flatMap((fault) => once("fault", fault)),
    pairs,
    [...[...DECOYS, ...MASK_DECOYS].flatMap((decoy) => once("decoy", decoy)), ...clean],
  ];
  // Each task is shuffled by itself: cases of one more task leave the order of the others as it is.
  const groups = [false, true].flatMap((masked) =>
    kinds.map((kind) => random(deriveSeed(5, "order", set)).shuffle(kind.filter((each) => hasMasks(each) === masked))),
  );
  // Interleaved by their parts of the whole, so that any beginning of the list is a small likeness of it.
  return groups
    .flatMap((group) => group.map((each, i) => ({ each, place: (i + 0.5) / group.length })))
    .sort((a, b) => a.place - b.place)
    .map(({ each }) => each);
}

/** Plants a case's changes in a clean setting, one after the other. */
export function plant(clean: Setting, { changes, seed }: Case): Setting {
  return changes.reduce(
    (setting, { id, strength }) => changeOf(id).plant(setting, strength, random(deriveSeed(seed, "plant", id))),
    clean,
  );
}

export const baseOf = ({ base }: Case): Base => ALL_BASES[base];
const hasMasks = (each: Case): boolean => baseOf(each).task === "segmentation";
