/** The folder that a report goes to: made when needed, filled at once, taken away again where nothing came of it. */
import { cp, mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { InputError } from "../src/errors.ts";
import { explained, temporaryName } from "../src/platform/local/atomic.ts";

/** Whoever finds this file beside the others can rely on them. */
const LAST = "report.json";

/** Makes the folder in which the audit works, within the output folder. Returns the outermost folder that was not there before. */
export async function makeOut(folder: string): Promise<string | undefined> {
  try {
    return await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new InputError({
      file: relative(process.cwd(), dirname(folder)) || ".",
      field: "--out",
      problem: `The output folder cannot be made (${(cause as NodeJS.ErrnoException).code}).`,
      remedy: "Choose another one with --out.",
      cause,
    });
  }
}

/** Takes the folder away where it is empty, and those around it as far as they were made by `makeOut`. */
export async function removeEmpty(folder: string, made: string | undefined): Promise<void> {
  for (let at = folder; made !== undefined && (at === made || at.startsWith(made + sep)); at = dirname(at))
    await rmdir(at).catch(() => {});
}

/** Puts a finished report into the output folder: whole, or, where the disk is full, not at all. */
export async function placeReport(from: string, out: string): Promise<void> {
  const draft = join(out, ".errata", "tmp", temporaryName());
  try {
    await cp(from, draft, { recursive: true });
    const names = (await readdir(draft)).sort((a, b) => Number(a === LAST) - Number(b === LAST));
    for (const name of names) {
      await rm(join(out, name), { recursive: true, force: true });
      await rename(join(draft, name), join(out, name));
    }
  } catch (error) {
    throw explained(error, relative(process.cwd(), out) || ".");
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
