import type { CauseId, Family } from "../../src/causes/types.ts";
import type { ImageShape } from "../../src/dataset/types.ts";
import type { Augmentation, LayerSpec } from "../../src/model/types.ts";
import type { Random } from "../../src/random.ts";

/** Rules are tuned on `tune`; `final` has other bases, strengths, seeds and decoys and is looked at only afterwards. */
export const SETS = ["tune", "final"] as const;
export type SetName = (typeof SETS)[number];

/** The audit sees `train` and `test`. `check` is kept from it: promises are measured there. */
export type Part = "train" | "test" | "check";

export interface Images {
  classes: string[];
  shape: ImageShape;
  /** [images, height, width, channels] */
  pixels: Uint8Array;
  labels: Uint8Array;
  /** Metadata, one value an image; they become columns of the manifest. Of a base with masks one of them is the mask (masks.ts). */
  columns: Record<string, (number | string)[]>;
}

/** Everything that a base can give; images of one group (views of one photograph) never lie in two parts. */
export interface Pool extends Images {
  groups?: number[];
}

export interface Dataset extends Images {
  parts: Part[];
}

/** A recipe as a user writes it. */
export interface RecipeFile {
  architecture: LayerSpec[];
  compile: {
    optimizer: { name: string; learningRate: number; [option: string]: unknown };
    loss: string;
    [option: string]: unknown;
  };
  fit: { epochs: number; batchSize: number; augmentation?: Augmentation; [option: string]: unknown };
}

/** What is audited: data and recipe, before or after something was planted. */
export interface Setting {
  data: Dataset;
  recipe: RecipeFile;
}

export type Strength = number | string;
export const BASES = ["mnist", "cifar10", "eth80", "tabletop", "masks"] as const;
export type BaseId = (typeof BASES)[number];

/** A clean dataset and a sound recipe. */
export interface Base {
  id: BaseId;
  /** Where below the data folder its images lie; the project's own scenes need none. */
  needs?: string;
  sizes: Record<Part, number>;
  sets: SetName[];
  /** By default classification. */
  task?: "segmentation";
  /** Faults and decoys that name no bases and make sense on it all the same; by default all of them. */
  suits?: string[];
  /** Goes up when the pool changes, so that kept pools are made again. */
  edition: number;
  pool(set: SetName): Promise<Pool>;
  recipe(set: SetName): RecipeFile;
}

/** One change of a clean setting. */
export interface Change {
  id: string;
  says: string;
  strengths: Record<SetName, Strength[]>;
  /** Bases on which it makes sense; by default all that do not choose for themselves (`Base.suits`). */
  bases?: BaseId[];
  plant(setting: Setting, strength: Strength, chance: Random): Setting;
}

/** A known fault. What counts as naming it is written down here, before any audit. */
export interface Fault extends Change {
  cause: CauseId;
  /** Other causes that are as right an answer, and `says` why. */
  accepted: CauseId[];
  family: Family;
  /** Retraining cannot mend it: it has no part in the comparison with random search. */
  mendable?: false;
}

/** One audit to be run. */
export interface Case {
  id: string;
  set: SetName;
  kind: "fault" | "pair" | "decoy" | "clean";
  base: BaseId;
  seed: number;
  changes: { id: string; strength: Strength }[];
}
