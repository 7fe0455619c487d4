/**
 * One process at a time. A lock is a file named after a number that only grows and holds its owner's identity; the highest
 * number counts. A dead owner's lock is overtaken by making the next number, which one process wins.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../errors.ts";
import { names, textOf, writeAtomically } from "./atomic.ts";
import { isAlive, ownIdentity, pidOf } from "./processes.ts";

const RELEASED = "released";

/** Takes the lock and returns what releases it. Fails with an `InputError` that names the process which holds it. */
export async function lock(folder: string, temporary: string, what: string): Promise<() => Promise<void>> {
  for (;;) {
    const last = (await numbersIn(folder)).at(-1) ?? 0;
    const owner = last === 0 ? RELEASED : ((await textOf(join(folder, String(last)))) ?? RELEASED);
    if (owner !== RELEASED && isAlive(owner)) {
      throw new InputError({
        file: what,
        problem: `Process ${pidOf(owner)} is at work on it.`,
        remedy: "Wait until it is finished, or stop it.",
      });
    }
    const mine = last + 1;
    const path = join(folder, String(mine));
    if (!(await writeAtomically(path, ownIdentity(), { temporary, exclusive: true }))) continue;
    // Whoever read the folder before others came and went may have made a number that is passed already.
    const after = await numbersIn(folder);
    if (after.at(-1) !== mine) {
      await rm(path, { force: true });
      continue;
    }
    for (const number of after.slice(0, -1)) await rm(join(folder, String(number)), { force: true });
    return async () => {
      await writeAtomically(path, RELEASED, { temporary });
    };
  }
}

async function numbersIn(folder: string): Promise<number[]> {
  return (await names(folder)).map(Number).sort((a, b) => a - b);
}
