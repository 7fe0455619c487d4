/** Which keys and ids are let through: whatever is accepted here is safe as a file's path, an S3 key and a table's key. */
import { PermanentError } from "../errors.ts";

/** S3 allows 1,024 bytes a key, file systems 255 a name. */
const LONGEST_KEY_BYTES = 900;
const LONGEST_NAME_BYTES = 255;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

function problemOf(key: string): string | undefined {
  if (key === "") return "is empty";
  if (key.startsWith("/") || /^[A-Za-z]:[\\/]/.test(key)) return "is not relative";
  if (key.includes("\0")) return "holds a NUL character";
  if (Buffer.byteLength(key) > LONGEST_KEY_BYTES) return `is longer than ${LONGEST_KEY_BYTES} bytes`;
  for (const name of key.split("/")) {
    if (name === "") return "has an empty part";
    if (name === "." || name === "..") return `has the part "${name}"`;
    if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) return `has a part longer than ${LONGEST_NAME_BYTES} bytes`;
  }
  return undefined;
}

/** Throws a `PermanentError` for a key that is not relative, leads out of the store, or is too long. */
export function assertKey(key: string): void {
  const problem = problemOf(key);
  if (problem) throw new PermanentError(`The key ${JSON.stringify(key.slice(0, 200))} ${problem}.`);
}

export function isId(text: string): boolean {
  return ID.test(text) && text !== "..";
}

/** Throws a `PermanentError` for the id of a run, stage or item that is not letters, digits, `.`, `_`, `-` (1 to 100 characters). */
export function assertId(what: string, id: string): void {
  if (!isId(id)) {
    throw new PermanentError(
      `The ${what} ${JSON.stringify(String(id).slice(0, 200))} must be 1 to 100 letters, digits, ".", "_" or "-", a letter or digit first.`,
    );
  }
}
