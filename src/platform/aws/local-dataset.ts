/** What of this machine is uploaded: a folder's images and tables, or one archive, with the request. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { REQUEST_SCHEMA } from "../../dataset/request.ts";
import type { Files } from "../../dataset/types.ts";
import { InputError } from "../../errors.ts";
import type { AuditInput } from "../../pipeline/stages/input.ts";
import { openFiles } from "../local/files.ts";
import { readAuditRequest } from "./audit-request.ts";
import { type LocalFile, localFile } from "./same-content.ts";

const REQUEST = "errata.json";
/** Formats that are one file. */
const ONE_FILE = /\.(npz|tar|tar\.gz|tgz)$/i;
/** Never uploaded: hidden files, and reports that audits left here. */
const LEFT_OUT = /(^|\/)(\.|errata-out\/)/;

export interface LocalDataset {
  /** Name of its folder in the bucket. */
  dataset: string;
  files: LocalFile[];
  request: Uint8Array;
  /** Whether an errata.json was there. */
  requested: boolean;
  /** What the stages would be told of it on this machine. */
  input: AuditInput;
}

/**
 * Looks at `path`: a folder, its errata.json, or one archive or array. The request is checked as the cloud will check it.
 *
 * @throws InputError where there is nothing, the name cannot be a folder's, or the request cannot be used
 */
export async function localDataset(path: string, name?: string): Promise<LocalDataset> {
  const place = resolve(path);
  const found = await stat(place).catch((cause) => {
    const remedy = "Name an image folder, its errata.json, or an archive.";
    throw new InputError({ file: path, problem: "There is nothing there.", remedy, cause });
  });
  const single = found.isFile() && basename(place) !== REQUEST;
  if (single && !ONE_FILE.test(place)) {
    const remedy = "Name the folder that it and its images lie in; errata.json's data.path says which file is meant.";
    throw new InputError({ file: path, problem: "This file alone is no dataset.", remedy });
  }
  const folder = found.isFile() ? dirname(place) : place;
  const dataset = name ?? basename(single ? place.replace(ONE_FILE, "") : folder);
  assertName(dataset);
  const files = single ? [localFile(basename(place), place, found.size)] : await filesOf(folder);
  const given = single ? undefined : await readFile(join(folder, REQUEST)).catch(() => undefined);
  const data = { path: single ? basename(place) : "." };
  const request = given ?? new TextEncoder().encode(`${JSON.stringify({ schema: REQUEST_SCHEMA, data }, null, 2)}\n`);
  const options = { name: dataset, bytes: request.length, startedAt: 0 };
  const { input } = await readAuditRequest(withRequest(openFiles(folder), request), options);
  if (files.length === 0) {
    const remedy = "Name the folder that holds the images.";
    throw new InputError({ file: path, problem: "No files were found.", remedy });
  }
  return { dataset, files, request, requested: given !== undefined, input: onThisMachine(input, folder) };
}

function onThisMachine(input: AuditInput, folder: string): AuditInput {
  const { subject } = input;
  const hasPlace = subject.kind === "model" || subject.kind === "predictions";
  return { ...input, location: folder, subject: hasPlace ? { ...subject, location: folder } : subject };
}

function withRequest(files: Files, request: Uint8Array): Files {
  return { ...files, read: async (key) => (key === REQUEST ? request : files.read(key)) };
}

async function filesOf(folder: string): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  for await (const { key, bytes } of openFiles(folder).list()) {
    if (key !== REQUEST && !LEFT_OUT.test(key)) files.push(localFile(key, join(folder, key), bytes));
  }
  return files;
}

function assertName(name: string): void {
  if (name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name) && Buffer.byteLength(name) <= 100) return;
  const remedy = "Give --name: 1 to 100 bytes without slashes.";
  throw new InputError({ file: "--name", problem: `${JSON.stringify(name)} cannot be a dataset's name.`, remedy });
}
