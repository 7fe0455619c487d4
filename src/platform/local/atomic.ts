/** Files that appear whole or not at all, also when the process is killed, the power fails or the disk is full. */
import { constants } from "node:fs";
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HaltError, isHalt } from "../../pipeline/failure.ts";
import { isAlive, ownIdentity } from "./processes.ts";

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? "";
}

const PROBLEMS: Record<string, [string, string]> = {
  ENOSPC: ["The disk is full.", "Free some space"],
  EDQUOT: ["The disk quota is used up.", "Free some space"],
  EFBIG: ["The file is larger than this file system or account allows.", "Use a folder elsewhere"],
  EROFS: ["The file system is read-only.", "Use a folder that can be written to"],
  EACCES: ["There is no right to write here.", "Use a folder that can be written to"],
  EPERM: ["There is no right to write here.", "Use a folder that can be written to"],
};

/** The error as the user should see it: a `HaltError` that names the folder where nothing can be written there. */
export function explained(error: unknown, folder: string): unknown {
  if (error instanceof HaltError) return error;
  const known = PROBLEMS[codeOf(error)] ?? (isHalt(error) ? PROBLEMS.ENOSPC : undefined);
  if (!known) return error;
  const [problem, remedy] = known;
  const after = "then run the same command again: it goes on from what is stored.";
  return new HaltError({ file: folder, problem, remedy: `${remedy}, ${after}`, cause: error });
}

let counter = 0;

/** A name for a temporary file that tells whose it is. */
export function temporaryName(): string {
  return `${ownIdentity()}~${counter++}`;
}

/** Removes what killed processes left in the folder of temporary files. */
export async function removeLeftovers(temporary: string): Promise<void> {
  for (const name of await names(temporary)) {
    if (!isAlive(name.split("~")[0])) await rm(join(temporary, name), { recursive: true, force: true });
  }
}

/** Names in a folder; none where there is no folder. */
export async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** The file's text; nothing where there is no file. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether there is such a file. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}

export interface WriteOptions {
  /** Folder of temporary files, on the same file system as the target. */
  temporary: string;
  /** Leave a file that is there already alone. */
  exclusive?: boolean;
  /** False: a power cut may lose the file (a killed process does not). Default true. */
  durable?: boolean;
}

/**
 * Writes a file at once. With `exclusive`, true for exactly one of any number of callers, in any number of processes.
 * Fails with a `HaltError` that names the folder when it cannot be written to; nothing is left behind then.
 */
export async function writeAtomically(
  path: string,
  bytes: Uint8Array | string,
  { temporary, exclusive = false, durable = true }: WriteOptions,
): Promise<boolean> {
  const draft = join(temporary, temporaryName());
  try {
    await mkdir(temporary, { recursive: true });
    await mkdir(dirname(path), { recursive: true });
    if (exclusive && (await isFile(path))) return false;
    await writeDraft(draft, bytes, durable);
    const placed = exclusive ? await place(draft, path) : await rename(draft, path).then(() => true);
    if (placed && durable) await syncFolder(dirname(path));
    return placed;
  } catch (error) {
    throw explained(error, dirname(temporary));
  } finally {
    await rm(draft, { force: true }).catch(() => {});
  }
}

async function writeDraft(draft: string, bytes: Uint8Array | string, durable: boolean): Promise<void> {
  const file = await open(draft, "wx");
  try {
    await file.writeFile(bytes);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
}

async function place(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(codeOf(error))) throw error;
  }
  // File systems without hard links (exFAT): exclusive still, though a power cut may leave a part.
  try {
    await copyFile(draft, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Some file systems cannot sync a folder; they order its changes themselves.
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
