/** Words of masks. A mask says for each pixel of an image which class it is. */
import { IGNORE, type Mask } from "../../stats/mask.ts";
import type { Split } from "../types.ts";

export { IGNORE, type Mask };

/** Class indices are bytes, and 255 means something else. */
export const MOST_CLASSES = 255;

/** `indices`: grey or palette images; `colours`: RGB images; `instances`: one image an object; `coco`: polygons and RLE in a JSON file. */
export const MASK_FORMATS = ["indices", "colours", "instances", "coco"] as const;
export type MaskFormat = (typeof MASK_FORMATS)[number];

export interface MaskRequest {
  /** A folder with images and masks, or a COCO file, relative to the root of `Files`; "." is the root. */
  path: string;
  /** By default recognised from what lies there. */
  format?: MaskFormat;
  /** Names in the order of the indices in the masks, the background first. */
  classes?: string[];
  /** For colours: "#rrggbb" of each class by its name, in the order of their indices; the name `ignore` means pixels to leave out. */
  colours?: Record<string, string>;
  /** Images are cut into squares of so many pixels, each a sample of its own; by default they are brought to the model's size whole. */
  tiles?: number;
}

/** A file of an image's mask. `name` is the class of an object that has a file of its own, where its folder says it. */
export interface MaskFile {
  key: string;
  name?: string;
}

/** One image and where its mask is; without files for COCO. */
export interface MaskedImage {
  /** Path relative to the dataset. */
  file: string;
  split?: Split;
  masks: MaskFile[];
}

export interface MaskSource {
  format: MaskFormat;
  /** Names by index, the background first. */
  classes: string[];
  images: MaskedImage[];
  rejected: { file: string; problem: string }[];
  /**
   * Makes the masks of `images[from..to)` readable, and nothing else: memory depends on their number only. The function that it
   * gives reads one of them at its image's size.
   */
  open(from: number, to: number): Promise<ReadMask>;
}

/** @throws InputError where that image's mask cannot be used */
export type ReadMask = (index: number) => Promise<Mask>;
