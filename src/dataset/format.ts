import type { DatasetRequest, Files, Rejected, Sample, SourceImage, Split } from "./types.ts";

/** One image as a format found it: its label still a name, its split only where the data give one. */
export interface ListedRow extends Omit<Sample, "label" | "split"> {
  label: string;
  split?: Split;
}

export interface Listed {
  rows: ListedRow[];
  rejected: Rejected[];
}

export type IndexedImage = { index: number; image: SourceImage };

/** How one kind of dataset is listed and read. */
export interface Format {
  list(files: Files, request: DatasetRequest): Promise<Listed>;
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
export async function keysBelow(files: Files, path: string): Promise<string[]> {
  const prefix = below(path, "");
  const keys: string[] = [];
  for await (const { key } of files.list(prefix)) keys.push(key.slice(prefix.length));
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
