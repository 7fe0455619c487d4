/**
 * What was trained for a case is kept beside the rules that asked for it: other rules ask for much the same, and the audit and the judge
 * train what is new. It is kept under a digest of the code that trains.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replace } from "./draw.ts";

/** Results of training runs in an audit's folder: a cache by digest that any later audit may read. */
const RESULTS = ".errata/objects/cache";

/** Gives an audit the training runs of earlier ones, unless it has some of its own already. */
export async function takeOut(kept: string, report: string): Promise<void> {
  const [from, to] = [join(kept, "results"), join(report, RESULTS)];
  if (!existsSync(from) || existsSync(to)) return;
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
}

/** Keeps the training runs of an audit that has ended, and removes what else it left to go on from. */
export async function putAway(kept: string, report: string): Promise<void> {
  const [from, to] = [join(report, RESULTS), join(kept, "results")];
  if (existsSync(from)) {
    await mkdir(kept, { recursive: true });
    await rm(to, { recursive: true, force: true });
    await rename(from, to);
  }
  await rm(join(report, ".errata"), { recursive: true, force: true });
}

/** Asks for an error rate once; what was measured before is read. What decides over it goes into the key, or is the judge that measures. */
export type Remembered = (key: unknown, measure: () => Promise<number>) => Promise<number>;

export async function rememberedErrors(kept: string, judge: string): Promise<Remembered> {
  const path = join(kept, `errors-${judge}.json`);
  const known: Record<string, number> = existsSync(path) ? JSON.parse(await readFile(path, "utf8")) : {};
  return async (key, measure) => {
    const digest = createHash("sha256").update(JSON.stringify(key)).digest("hex").slice(0, 20);
    if (known[digest] === undefined) {
      known[digest] = await measure();
      await mkdir(kept, { recursive: true });
      await replace(path, JSON.stringify(known));
    }
    return known[digest];
  };
}
