import { createHash } from "node:crypto";

/** What of an image makes the dataset what it is. */
export interface Digested {
  /** Digest of its pixels. */
  hash: string;
  label: number;
  split: string;
  group?: string;
}

/** Digest of a dataset's content, hexadecimal SHA-256: the same images, labels, splits and groups give the same, in any order and under any names. */
export function datasetDigest(classes: readonly string[], rows: Iterable<Digested>): string {
  const lines = Array.from(rows, ({ hash, label, split, group }) =>
    JSON.stringify([hash, classes[label], split, group ?? null]),
  );
  const digest = createHash("sha256").update(JSON.stringify(classes));
  for (const line of lines.sort()) digest.update("\n").update(line);
  return digest.digest("hex");
}
