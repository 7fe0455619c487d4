/** A local folder as `Files`. */
import { constants, createReadStream } from "node:fs";
import { access, readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { InputError } from "../errors.ts";
import { withoutSlash } from "./format.ts";
import type { Files } from "./types.ts";

/** Why a path from outside must not be used as a key, or nothing where it may. */
export function unsafePath(path: string): string | undefined {
  if (path === "") return "The path is empty.";
  if (path.includes("\0")) return "The path holds a NUL character.";
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return "This is a URL; images are read from the dataset only.";
  if (/^([/\\]|[a-z]:[/\\])/i.test(path)) return "The path is absolute; it must be relative to the dataset.";
  if (path.split(/[/\\]/).includes("..")) return 'The path leads out of the dataset with "..".';
  return undefined;
}

/** A request's `data.path` as keys are written. @throws InputError where it leads out of the dataset */
export function pathWithin(given: string): string {
  const path = withoutSlash(given);
  const unsafe = path === "" ? undefined : unsafePath(path);
  if (!unsafe) return path;
  throw new InputError({
    file: given,
    field: "data.path",
    problem: unsafe,
    remedy: "Name a file or folder of the dataset.",
  });
}

/** Reads files below a folder. Keys that lead out of it are refused, and so are links that do. */
export class LocalFiles implements Files {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  async *list(prefix = ""): AsyncGenerator<{ key: string; bytes: number }> {
    const start = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    if (start !== "" && unsafePath(start)) return;
    const root = await realpath(this.#root).catch(() => undefined);
    if (root !== undefined) yield* walk(root, join(root, start), start, prefix, []);
  }

  async read(key: string): Promise<Uint8Array> {
    const path = await this.#locate(key);
    return new Uint8Array(await readFile(path));
  }

  async *stream(key: string): AsyncGenerator<Uint8Array> {
    yield* createReadStream(await this.#locate(key), { highWaterMark: 1 << 18 });
  }

  async #locate(key: string): Promise<string> {
    const unsafe = unsafePath(key);
    if (unsafe)
      throw new InputError({ file: key, problem: unsafe, remedy: "Name a file inside of the dataset's folder." });
    const root = await realpath(this.#root).catch(() => this.#root);
    let path: string;
    try {
      path = await realpath(join(root, key));
      if (!(await stat(path)).isFile()) throw new Error("not a file");
    } catch (cause) {
      throw new InputError({
        file: key,
        problem: "There is no such file in the dataset.",
        remedy: "Check the name and its case.",
        cause,
      });
    }
    if (!path.startsWith(root.endsWith(sep) ? root : root + sep))
      throw new InputError({
        file: key,
        problem: "It is a link that leads out of the dataset.",
        remedy: "Copy the file into the dataset.",
      });
    await access(path, constants.R_OK);
    return path;
  }
}

async function* walk(
  root: string,
  folder: string,
  start: string,
  prefix: string,
  above: string[],
): AsyncGenerator<{ key: string; bytes: number }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  // A folder sorts as its keys do: by its name with the slash, in UTF-8 bytes, as a bucket lists them.
  const found: { name: string; path: string; bytes: number }[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const facts = await stat(path).catch(() => undefined);
    if (!facts || (entry.isSymbolicLink() && !(await inside(root, path, above)))) continue;
    const name = facts.isDirectory() ? `${entry.name}/` : entry.name;
    const key = start + name;
    if (key.startsWith(prefix) || (facts.isDirectory() && prefix.startsWith(key)))
      if (facts.isDirectory() || facts.isFile()) found.push({ name, path, bytes: facts.size });
  }
  found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const { name, path, bytes } of found) {
    if (!name.endsWith("/")) yield { key: start + name, bytes };
    else yield* walk(root, path, start + name, prefix, [...above, await realpath(path)]);
  }
}

/** The link stays in the root and does not lead round in a circle. */
async function inside(root: string, path: string, above: string[]): Promise<boolean> {
  const target = await realpath(path);
  return target.startsWith(root + sep) && !above.includes(target);
}
