/** From a base's pool to a clean dataset of one case. Pools are kept on disk: drawing scenes and decoding photographs takes a while. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deriveSeed, random } from "../../src/random.ts";
import { bytesOf } from "./alter.ts";
import type { Base, Dataset, Part, Pool, SetName } from "./types.ts";

/** The base's pool, from `folder` where it is kept there. */
export async function keptPool(base: Base, set: SetName, folder: string): Promise<Pool> {
  const path = join(folder, `${base.id}-${set}-${base.edition}`);
  const told = await readFile(`${path}.json`, "utf8").catch(() => undefined);
  if (told !== undefined) {
    const { labels, ...rest } = JSON.parse(told);
    return { ...rest, labels: Uint8Array.from(labels), pixels: await readFile(`${path}.raw`) };
  }
  const pool = await base.pool(set);
  await mkdir(folder, { recursive: true });
  const { pixels, labels, ...rest } = pool;
  await replace(`${path}.raw`, pixels);
  await replace(`${path}.json`, JSON.stringify({ ...rest, labels: [...labels] }));
  return pool;
}

/** Whoever finds a file finds it whole, also where several processes write it. */
export async function replace(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/** Draws training, test and check images at random, classes as even as the pool has them; groups stay in one part. */
export function drawDataset(pool: Pool, sizes: Record<Part, number>, seed: number): Dataset {
  const chance = random(deriveSeed(seed, "draw"));
  const units = new Map<number, number[]>();
  pool.labels.forEach((_, row) => {
    const unit = pool.groups?.[row] ?? row;
    units.set(unit, [...(units.get(unit) ?? []), row]);
  });
  const wanted = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  const taken: { row: number; part: Part }[] = [];
  const each = pool.labels.length / pool.classes.length;
  for (let label = 0; label < pool.classes.length; label++) {
    const mine = chance.shuffle([...units.values()].filter(([row]) => pool.labels[row] === label));
    const share = mine.reduce((sum, rows) => sum + rows.length, 0) / each / pool.classes.length;
    const queue = mine.values();
    for (const part of ["train", "test", "check"] as const) {
      let count = 0;
      while (count < Math.round(sizes[part] * share)) {
        const { value, done } = queue.next();
        if (done)
          throw new Error(`The pool has too few images of ${pool.classes[label]}: ${wanted} are wanted in all.`);
        for (const row of value) taken.push({ row, part });
        count += value.length;
      }
    }
  }
  const order = chance.shuffle(taken);
  const size = bytesOf(pool);
  const pixels = new Uint8Array(order.length * size);
  order.forEach(({ row }, i) => void pixels.set(pool.pixels.subarray(row * size, (row + 1) * size), i * size));
  return {
    classes: pool.classes,
    shape: pool.shape,
    pixels,
    labels: Uint8Array.from(order, ({ row }) => pool.labels[row]),
    columns: Object.fromEntries(
      Object.entries(pool.columns).map(([name, values]) => [name, order.map(({ row }) => values[row])]),
    ),
    parts: order.map(({ part }) => part),
  };
}
