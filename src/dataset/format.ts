import type { DatasetRequest, Files, Rejected, Sample, SourceImage, Split } from "./types.ts";

/** One image as a format found it: its label still a name, its split only where the data give one. */
export interface ListedRow extends Omit<Sample, "label" | "split"> {
  label: string;
  split?: Split;
}

/** An image that a format found, or why one is passed over. */
export type Found = ListedRow | Rejected;
export const isRejected = (found: Found): found is Rejected => "problem" in found;

/** What a row turns out to be once all rows were seen: what folders mean and which columns hold numbers shows at the end only. */
export type Settle = (row: ListedRow) => Found;
export const asListed: Settle = (row) => row;

export type IndexedImage = { index: number; image: SourceImage };

/** How one kind of dataset is listed and read. */
export interface Format {
  /** One by one, in the order that samples get; nothing of it is held. */
  list(files: Files, request: DatasetRequest): AsyncGenerator<Found, Settle>;
  /** The images of `samples[from..to)`, in order. `samples` are those that `list` found, in its order. */
  read(files: Files, request: DatasetRequest, samples: Sample[], from: number, to: number): AsyncIterable<IndexedImage>;
}

/** `key` below `path`, where "." is the root. */
export function below(path: string, key: string): string {
  const folder = withoutSlash(path);
  return folder === "" ? key : `${folder}/${key}`;
}

/** A path as keys are written: no leading "./", no trailing slash; the root is empty. */
export function withoutSlash(path: string): string {
  return path
    .replace(/^(\.\/)+/, "")
    .replace(/\/+$/, "")
    .replace(/^\.$/, "");
}

/** Keys of a folder, relative to it, in lexical order. */
export async function* keysBelow(files: Files, path: string): AsyncGenerator<string> {
  const prefix = below(path, "");
  for await (const { key } of files.list(prefix)) yield key.slice(prefix.length);
}

/** Those of them that pass `wanted`, all at once: for what there are few of. */
export async function keysOf(files: Files, path: string, wanted: (key: string) => boolean): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of keysBelow(files, path)) if (wanted(key)) keys.push(key);
  return keys;
}

const SPLIT_NAMES: Record<string, Split> = {
  train: "train",
  training: "train",
  val: "validation",
  valid: "validation",
  validation: "validation",
  dev: "validation",
  test: "test",
  testing: "test",
};

/** The split that a folder's name or a manifest's cell means. */
export const splitNamed = (name: string): Split | undefined => SPLIT_NAMES[name.trim().toLowerCase()];
