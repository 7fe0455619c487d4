import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A seeded source of random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** An integer in [0, below). */
  int(below: number): number;
  /** A number in [0, 1). */
  float(): number;
  /** A standard normal number (Box and Muller, 1958). */
  normal(): number;
  /** A new array with the same members in random order (Fisher and Yates). */
  shuffle<T>(items: ArrayLike<T>): T[];
  /** `count` members without replacement, in random order. */
  sample<T>(items: ArrayLike<T>, count: number): T[];
}

export function random(seed: number): Random {
  const generator = xoroshiro128plus(seed | 0);
  const int = (below: number) => uniformInt(generator, 0, below - 1);
  const float = () => uniformFloat64(generator);
  const sample = <T>(items: ArrayLike<T>, count: number): T[] => {
    const pool = Array.from(items);
    const chosen = Math.min(count, pool.length);
    for (let i = 0; i < chosen; i++) {
      const j = i + int(pool.length - i);
      [pool[i], pool[j]] = [pool[j], pool[i]];
    }
    return pool.slice(0, chosen);
  };
  return {
    int,
    float,
    normal: () => Math.sqrt(-2 * Math.log(1 - float())) * Math.cos(2 * Math.PI * float()),
    shuffle: (items) => sample(items, items.length),
    sample,
  };
}

/** A seed of its own for each purpose, so that adding one use of chance never shifts another. A positive 31-bit integer. */
export function deriveSeed(seed: number, ...purpose: (string | number)[]): number {
  return (
    createHash("sha256")
      .update(JSON.stringify([seed, ...purpose]))
      .digest()
      .readUInt32LE(0) >>> 1
  );
}
