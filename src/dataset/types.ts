/** Words of a dataset. A dataset is listed first (`Sample`s), then read shard by shard into packs. */

export const SPLITS = ["train", "validation", "test"] as const;
export type Split = (typeof SPLITS)[number];
export const TASKS = ["classification", "segmentation"] as const;
export type Task = (typeof TASKS)[number];

/** Height, width and channels of the images as the model sees them, in pixels. */
export interface ImageShape {
  height: number;
  width: number;
  channels: 1 | 3;
}

/** A part of a large image, pixels of the image, whose size is given too. */
export interface Tile {
  left: number;
  top: number;
  width: number;
  height: number;
  image: { height: number; width: number };
}

/** One labelled image, as listed. `file` is its path relative to the dataset; for arrays (IDX, npz) `<array>/<row>`. */
export interface Sample {
  file: string;
  /** Index into the dataset's classes. */
  label: number;
  split: Split;
  /** Samples of one group (a patient, an object) are never divided between splits or folds. */
  group?: string;
  /** Further columns of the manifest: azimuth, site, camera... */
  metadata?: Record<string, string | number>;
  /** Of masks: where the image's mask waits, as a block and a place in it (`masks/stored.ts`). */
  mask?: [block: number, place: number];
  /** The part of its file's image that the sample is; `file` then ends in that part (`masks/tiles.ts`). */
  tile?: Tile;
  /** Not in the audit set of a large dataset: nothing is trained or tested on it, only its label is judged. */
  beyond?: boolean;
}

/** One image that could not be used: it is reported and passed over. */
export interface Rejected {
  file: string;
  problem: string;
}

/** Where a dataset's bytes come from: a folder, a bucket's prefix. Keys are relative, with forward slashes. */
export interface Files {
  /** Keys below `prefix` in lexical order. */
  list(prefix?: string): AsyncIterable<{ key: string; bytes: number }>;
  /** The whole object. Fails with an `InputError` where it is absent. */
  read(key: string): Promise<Uint8Array>;
  /** The object as a stream of chunks, for what is too large to hold. */
  stream(key: string): AsyncIterable<Uint8Array>;
}

/** An image as the source holds it: an encoded file, or pixels of an array `[height, width, channels]`; or why it cannot be read. */
export type SourceImage =
  | { kind: "encoded"; bytes: Uint8Array }
  | { kind: "pixels"; pixels: Uint8Array; height: number; width: number; channels: 1 | 3 }
  | { kind: "unreadable"; problem: string };

export const FORMATS = ["folder", "csv", "jsonl", "idx", "npz", "tar"] as const;
export type DatasetFormat = (typeof FORMATS)[number];

/** Which data to open, and how to divide them. */
export interface DatasetRequest {
  /** A folder, manifest, array or archive, relative to the root of `Files`; "." is the root. */
  path: string;
  /** By default recognised from the path and what lies there. */
  format?: DatasetFormat;
  /** Fractions in [0, 1) of what has no split yet; `column` names the manifest's column. */
  split?: { test?: number; validation?: number; column?: string };
  /** The manifest's column of groups. */
  group?: string;
  /** Names in the order of their indices; by default all labels found, in natural order. */
  classes?: string[];
  /** Images in the audit set at most, about; see `auditSet`. */
  limit?: number;
  seed: number;
}

/** What listing a dataset found; with it and the samples the dataset can be opened again without listing. JSON all through. */
export interface DatasetListing {
  format: DatasetFormat | "masks";
  /** Of the data within the dataset: the file, where the format is one. */
  path: string;
  classes: string[];
  /** How many there are of each split. */
  images: Record<Split, number>;
  /** How many of all are in the audit set. */
  audited: number;
  /** How the test set came about: `given` by the data, or `made` here (stratified, group-aware, seeded). */
  splits: "given" | "made";
  rejected: Rejected[];
}

/** A dataset that has been listed. `read` streams the images of `samples[from..to)` in order of their index. */
export interface DatasetSource extends DatasetListing {
  samples: Sample[];
  read(from: number, to: number): AsyncIterable<{ index: number; image: SourceImage }>;
}
