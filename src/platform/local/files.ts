/** A folder read as objects: keys are paths below it, with forward slashes. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Files } from "../../dataset/types.ts";
import { InputError } from "../../errors.ts";
import { assertKey } from "../../pipeline/keys.ts";
import { codeOf } from "./atomic.ts";

interface Entry {
  /** Name, with a slash at the end for a folder: that is how keys below it sort. */
  name: string;
  bytes: number;
  /** Resolved path of a linked folder, to see that it does not lead round in a circle. */
  linked?: string;
}

/** How many files are asked for their size at once. */
const STATS_AT_ONCE = 64;

export function openFiles(folder: string): Files {
  return {
    list: (prefix = "") => list(folder, prefix),
    read: async (key) => {
      try {
        const path = pathOf(folder, key);
        return readAtOnce(path) ?? new Uint8Array(await readFile(path));
      } catch (error) {
        throw absent(folder, key, error);
      }
    },
    async *stream(key) {
      try {
        for await (const chunk of createReadStream(pathOf(folder, key))) yield chunk as Uint8Array;
      } catch (error) {
        throw absent(folder, key, error);
      }
    },
  };
}

/** A file of at most so many bytes is read at once, without a detour through other threads, which takes five times as long. */
const SMALL_BYTES = 1 << 18;
/** A read that takes longer, milliseconds, did not come from memory: the next ones wait for the disk side by side. */
const SLOW_MILLISECONDS = 1;
const READS_AFTER_A_SLOW_ONE = 256;
let sideBySide = 0;

/** The bytes of a small file; undefined where it is better read beside others. */
function readAtOnce(path: string): Uint8Array | undefined {
  if (sideBySide > 0) {
    sideBySide--;
    return undefined;
  }
  const begun = performance.now();
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    if (size > SMALL_BYTES) return undefined;
    const bytes = new Uint8Array(size);
    let done = 0;
    for (let read = -1; read !== 0 && done < size; done += read) read = readSync(file, bytes, done, size - done, done);
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
    if (performance.now() - begun > SLOW_MILLISECONDS) sideBySide = READS_AFTER_A_SLOW_ONE;
  }
}

export function pathOf(folder: string, key: string): string {
  assertKey(key);
  return join(folder, ...key.split("/"));
}

function absent(folder: string, key: string, error: unknown): unknown {
  if (!["ENOENT", "ENOTDIR", "EISDIR"].includes(codeOf(error))) return error;
  return new InputError({
    file: key,
    problem: `There is no such file in ${folder}.`,
    remedy: "Check the name, or put the file there.",
    cause: error,
  });
}

/** Keys sort by their UTF-8 bytes, as S3 lists them. */
function byBytes(a: Entry, b: Entry): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}

async function* list(folder: string, prefix: string): AsyncGenerator<{ key: string; bytes: number }> {
  if (prefix !== "") assertKey(prefix.endsWith("/") ? prefix.slice(0, -1) : prefix);
  const slash = prefix.lastIndexOf("/") + 1;
  const start = prefix.slice(0, slash);
  for await (const object of walk(join(folder, ...start.split("/")), start, [], prefix)) yield object;
}

async function* walk(
  folder: string,
  start: string,
  above: string[],
  prefix: string,
): AsyncGenerator<{ key: string; bytes: number }> {
  for (const { name, bytes, linked } of await entriesOf(folder, start, prefix)) {
    const key = start + name;
    if (!name.endsWith("/")) yield { key, bytes };
    else if (!linked) yield* walk(join(folder, name), key, above, prefix);
    else if (!above.includes(linked)) yield* walk(join(folder, name), key, [...above, linked], prefix);
  }
}

async function entriesOf(folder: string, start: string, prefix: string): Promise<Entry[]> {
  let found: Awaited<ReturnType<typeof readFolder>>;
  try {
    found = await readFolder(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
    throw error;
  }
  const wanted = found.filter(({ name }) => `${start}${name}/`.startsWith(prefix) || prefix.startsWith(start + name));
  const entries: Entry[] = [];
  for (let at = 0; at < wanted.length; at += STATS_AT_ONCE) {
    const some = await Promise.all(wanted.slice(at, at + STATS_AT_ONCE).map((entry) => describe(folder, entry)));
    for (const entry of some) if (entry && fits(start + entry.name, prefix)) entries.push(entry);
  }
  return entries.sort(byBytes);
}

const readFolder = (folder: string) => readdir(folder, { withFileTypes: true });

/** A folder may hold keys with the prefix, or be one on the way to them. */
function fits(key: string, prefix: string): boolean {
  return key.startsWith(prefix) || (key.endsWith("/") && prefix.startsWith(key));
}

type DirectoryEntry = Awaited<ReturnType<typeof readFolder>>[number];

async function describe(folder: string, entry: DirectoryEntry): Promise<Entry | undefined> {
  if (entry.isDirectory()) return { name: `${entry.name}/`, bytes: 0 };
  const path = join(folder, entry.name);
  try {
    const facts = await stat(path);
    if (facts.isFile()) return { name: entry.name, bytes: facts.size };
    if (facts.isDirectory()) return { name: `${entry.name}/`, bytes: 0, linked: await realpath(path) };
  } catch (error) {
    // A link to nothing, or a file deleted while the folder was read.
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ELOOP") throw error;
  }
  return undefined;
}
