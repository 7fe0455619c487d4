import { createHash } from "node:crypto";

/** What of an image makes the dataset what it is. */
export interface Digested {
  /** Digest of its pixels. */
  hash: string;
  label: number;
  split: string;
  group?: string;
  /** Of masks: digest of the mask. */
  maskHash?: string;
}

const sha256 = (text: string): bigint => BigInt(`0x${createHash("sha256").update(text).digest("hex")}`);
const MODULUS = 1n << 256n;

/**
 * Digest of a dataset's content: the same images, labels, splits and groups give the same, in any order and under any names. Images are
 * added one by one and not held: their digests are summed (a multiset hash; Bellare and Micciancio, 1997).
 */
export class DatasetDigest {
  readonly #classes: readonly string[];
  #images = 0;
  #sum = 0n;

  constructor(classes: readonly string[]) {
    this.#classes = classes;
  }

  add({ hash, label, split, group, maskHash }: Digested): void {
    this.#images++;
    this.#sum =
      (this.#sum +
        sha256(JSON.stringify([hash, this.#classes[label], split, group ?? null, ...(maskHash ? [maskHash] : [])]))) %
      MODULUS;
  }

  /** 64 hexadecimal digits. */
  hex(): string {
    const text = JSON.stringify([this.#classes, this.#images, this.#sum.toString(16)]);
    return createHash("sha256").update(text).digest("hex");
  }
}
