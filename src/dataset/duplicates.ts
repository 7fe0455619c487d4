/** Images that the dataset holds more than once. */
import { nearPairs } from "../image/near.ts";

export interface DuplicatePair {
  /** Places in the given rows, `a` before `b`. */
  a: number;
  b: number;
  /** The same pixels at the same size, or nearly the same picture (re-encoded, resized, slightly changed). */
  kind: "exact" | "near";
}

export interface Hashed {
  hash: string;
  perceptualHash: string;
  /** [16, 16] */
  signature: Uint8Array;
}

/**
 * Pairs of duplicates, ordered by `a`, then `b`. Of k exact copies k - 1 pairs are given, each with the first of them; near duplicates
 * are pairs between the first copies. Rows without a hash are passed over.
 */
export function findDuplicates(rows: readonly Hashed[]): DuplicatePair[] {
  const firstOf = new Map<string, number>();
  const pairs: DuplicatePair[] = [];
  const distinct: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    const { hash } = rows[i];
    if (hash === "") continue;
    const first = firstOf.get(hash);
    if (first !== undefined) pairs.push({ a: first, b: i, kind: "exact" });
    else {
      firstOf.set(hash, i);
      distinct.push(i);
    }
  }
  const near = nearPairs(
    distinct.map((i) => rows[i].perceptualHash),
    distinct.map((i) => rows[i].signature),
  );
  for (const [a, b] of near) pairs.push({ a: distinct[a], b: distinct[b], kind: "near" });
  return pairs.sort((x, y) => x.a - y.a || x.b - y.b);
}

/** Pictures that several rows show. */
export interface DuplicateGroups {
  /** Rows with the same pixels, two or more a group, in order. */
  exact: number[][];
  /** Those of them that lie in more than one split: what is tested was trained on. */
  acrossSplits: number[][];
}

/** Exact duplicates as groups: "26 pictures are there more than once, 8 of them in several splits". */
export function duplicateGroups(rows: readonly (Pick<Hashed, "hash"> & { split: string })[]): DuplicateGroups {
  const byHash = new Map<string, number[]>();
  rows.forEach(({ hash }, i) => {
    const group = byHash.get(hash);
    if (group) group.push(i);
    else if (hash !== "") byHash.set(hash, [i]);
  });
  const exact = [...byHash.values()].filter((group) => group.length > 1);
  return {
    exact,
    acrossSplits: exact.filter((group) => group.some((row) => rows[row].split !== rows[group[0]].split)),
  };
}
