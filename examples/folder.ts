/** The folder that an example is drawn into, once. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../src/errors.ts";

export interface ExampleFolder {
  /** Of the file that says what was drawn: it marks the folder as the example's own. */
  digestFile: string;
  /** All that the files are made from. Where it changes they are drawn again. */
  settings: object;
  /** Names in the folder that the example writes, beside the digest's. */
  own: readonly string[];
  /** Files that must be there, and how many are in some folders together, relative to the folder. */
  files: readonly string[];
  images: { folders: readonly string[]; count: number };
}

/** Told while drawing. */
export type OnDrawn = (done: number, of: number) => void;

/**
 * Calls `draw` unless the same dataset is complete already. What was begun and not finished, or is of other settings, is taken away
 * and drawn anew: the digest is written last.
 *
 * @returns whether anything was drawn
 * @throws InputError where the folder holds files that the example did not write; they are left alone
 */
export async function drawOnce(
  folder: string,
  { digestFile, settings, own, files, images }: ExampleFolder,
  draw: () => Promise<void>,
): Promise<boolean> {
  const digest = createHash("sha256").update(JSON.stringify(settings)).digest("hex");
  const mark = path.join(folder, digestFile);
  const found = await readDigest(mark);
  if (found === digest && (await complete(folder, files, images))) return false;
  await clear(folder, [...own, digestFile], found !== undefined);
  await mkdir(folder, { recursive: true });
  await writeJson(mark, {});
  await draw();
  await writeJson(mark, { digest });
  return true;
}

export const writeJson = (file: string, value: unknown): Promise<void> =>
  writeFile(file, `${JSON.stringify(value, null, 2)}\n`);

/** The digest of what is in the folder; "" for what is unfinished; undefined where nothing was begun. */
async function readDigest(mark: string): Promise<string | undefined> {
  const text = await readFile(mark, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return String(JSON.parse(text).digest ?? "");
  } catch {
    return "";
  }
}

/** Whether all that the digest stands for is still there. */
async function complete(
  folder: string,
  files: readonly string[],
  { folders, count }: ExampleFolder["images"],
): Promise<boolean> {
  const there = await Promise.all(
    files.map((name) =>
      stat(path.join(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (!there.every(Boolean)) return false;
  const counts = await Promise.all(folders.map(async (name) => (await namesIn(path.join(folder, name))).length));
  return counts.reduce((sum, each) => sum + each, 0) === count;
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/** Takes away what an earlier call wrote. */
async function clear(folder: string, own: readonly string[], ours: boolean): Promise<void> {
  if (!ours && (await namesIn(folder)).length > 0)
    throw new InputError({
      file: folder,
      problem: "There are files that this example did not write.",
      remedy: "Give an empty folder.",
    });
  for (const name of own) await rm(path.join(folder, name), { recursive: true, force: true });
}
