/** An object store in a folder: an object is a file at its key's path. */
import { rm } from "node:fs/promises";
import { PermanentError } from "../../errors.ts";
import type { ObjectStore } from "../../pipeline/ports.ts";
import { codeOf, explained, isFile, writeAtomically } from "./atomic.ts";
import { openFiles, pathOf } from "./files.ts";

/** `folder` holds the objects, `temporary` what is being written; both are on one file system and made when needed. */
export function openStore(folder: string, temporary: string): ObjectStore {
  const write = async (key: string, bytes: Uint8Array, exclusive: boolean) => {
    try {
      return await writeAtomically(pathOf(folder, key), bytes, { temporary, exclusive });
    } catch (error) {
      throw taken(key, error);
    }
  };
  return {
    ...openFiles(folder),
    put: async (key, bytes) => {
      await write(key, bytes, false);
    },
    putIfAbsent: (key, bytes) => write(key, bytes, true),
    exists: async (key) => isFile(pathOf(folder, key)),
    delete: async (key) => {
      try {
        await rm(pathOf(folder, key), { force: true });
      } catch (error) {
        if (codeOf(error) !== "ENOTDIR" && codeOf(error) !== "ERR_FS_EISDIR") throw explained(error, folder);
      }
    },
  };
}

function taken(key: string, error: unknown): unknown {
  if (!["ENOTDIR", "EISDIR", "EEXIST", "ENOTEMPTY"].includes(codeOf(error))) return error;
  return new PermanentError(`The key ${key} cannot be written: a part of it is both a file and a folder.`, {
    cause: error,
  });
}
