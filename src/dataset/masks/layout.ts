/** Which mask belongs to which image, by their paths. */
import { InputError } from "../../errors.ts";
import { splitNamed } from "../format.ts";
import { isImage } from "../layout.ts";
import type { Rejected, Split } from "../types.ts";
import type { MaskedImage } from "./types.ts";

const MASK_FOLDER =
  /^(masks?|labels?|annotations?|maps?|segmentations?|segmentationclass|ground[-_ ]?truths?|gt|targets?)$/i;
const IMAGE_FOLDER = /^(images?|imgs?|jpegimages|photos?|inputs?)$/i;
const MASK_ENDING = /[-_. ](masks?|labels?|labelids|maps?|seg|segmentations?|annotations?|gt)$/i;
const PREDICTED_ENDING = /[-_. ](pred|preds|predicted|predictions?|outputs?)$/i;

interface Path {
  key: string;
  /** Folders that say more than "here are images" or "here are masks". */
  folders: string[];
  stem: string;
  split?: Split;
}

export interface MaskLayout {
  /** `single`: one mask file an image; `instances`: one an object. */
  kind: "single" | "instances";
  images: MaskedImage[];
  rejected: Rejected[];
}

/**
 * Pairs images with masks. Masks lie in a folder of such a name (masks, labels, annotations...), or beside the images with such
 * an ending (`7.jpg`, `7_mask.png`). A mask has its image's name and folders, those words aside: `images/a/7.jpg`,
 * `masks/a/7.png`. One mask an object: in a folder named like the image (`masks/7/1.png`, or `masks/7/<class>/1.png`), or beside
 * the folder of the only image (`7/images/7.png`, `7/masks/1.png`).
 *
 * @param keys paths with forward slashes, in the order that images get
 * @throws InputError where there are no masks, an image has none, or two
 */
export function layOutMasks(keys: Iterable<string>, dataset: string): MaskLayout {
  const { images, masks } = divide(keys);
  if (images.length === 0 || masks.length === 0)
    throw new InputError({
      file: dataset,
      field: "data.masks",
      problem:
        images.length === 0 ? "No images were found beside masks." : `No masks were found for ${images.length} images.`,
      remedy:
        "Put images into images/ and masks of the same names into masks/ (PNG, one grey value or colour a class), or name a COCO file.",
    });
  const single = pair(images, masks, (mask) => [nameOf(mask.folders, mask.stem)]);
  const perObject = pairObjects(images, masks);
  const kind = single.found >= perObject.found ? "single" : "instances";
  const { byImage, orphans } = kind === "single" ? single : perObject;
  const without = images.filter((image) => !byImage.has(image));
  if (without.length > 0)
    throw new InputError({
      file: without[0].key,
      field: "data.masks",
      problem: `It has no mask${without.length > 1 ? `, and neither have ${without.length - 1} other images` : ""}.`,
      remedy:
        kind === "single"
          ? `Add ${expected(without[0], masks[0])}, all background where it shows nothing, or take the image out.`
          : "Add a folder of masks, one black mask where the image shows nothing, or take the image out.",
    });
  if (kind === "single") for (const [image, files] of byImage) assertOne(image, files);
  return {
    kind,
    images: images.map((image) => ({
      file: image.key,
      ...(image.split ? { split: image.split } : {}),
      masks: byImage.get(image)!,
    })),
    rejected: orphans.map(({ key }) => ({ file: key, problem: "There is no image for this mask." })),
  };
}

/** Whether any of the paths is a mask's. */
export const hasMasks = (keys: Iterable<string>): boolean => divide(keys).masks.length > 0;

/** Takes images and masks apart, and the words that did so out of their paths. */
function divide(keys: Iterable<string>): { images: Path[]; masks: Path[] } {
  const images: Path[] = [];
  const masks: Path[] = [];
  const all = [...keys].filter(isImage);
  const stems = new Set(all.map(withoutEnding));
  for (const key of all) {
    const parts = key.split("/");
    const name = parts.pop()!;
    const inFolder = parts.some((part) => MASK_FOLDER.test(part));
    const stem = withoutEnding(name);
    const beside =
      !inFolder && MASK_ENDING.test(stem) && stems.has([...parts, stem.replace(MASK_ENDING, "")].join("/"));
    const isMask = inFolder || beside;
    const split = parts.map(splitNamed).find((found) => found !== undefined);
    const folders = parts.filter((part) => !isWord(part));
    (isMask ? masks : images).push({ key, folders, stem: isMask ? stem.replace(MASK_ENDING, "") : stem, split });
  }
  return { images, masks };
}

/** What an image is called beside its masks: its path without its ending and without the words for folders of images. */
export function nameOfImage(key: string): string {
  const parts = withoutEnding(key).split("/");
  return [...parts.slice(0, -1).filter((part) => !isWord(part)), parts.at(-1)!].join("/");
}

/** What a predicted mask is called: as it is, and without an ending that says that it is a mask or a prediction. */
export function namesOfMask(key: string): [name: string, plain?: string] {
  const name = nameOfImage(key);
  const plain = name.replace(PREDICTED_ENDING, "").replace(MASK_ENDING, "").replace(PREDICTED_ENDING, "");
  return plain === name ? [name] : [name, plain];
}

const isWord = (folder: string): boolean => MASK_FOLDER.test(folder) || IMAGE_FOLDER.test(folder);
const withoutEnding = (path: string): string => path.replace(/\.[^./]+$/, "");
const nameOf = (folders: string[], stem: string): string => [...folders, stem].join("/");

interface Pairs {
  byImage: Map<Path, MaskedImage["masks"]>;
  orphans: Path[];
  found: number;
}

/** Pairs each mask with the first of its possible names that is an image's. `name` is the class that goes with such a name. */
function pair(images: Path[], masks: Path[], names: (mask: Path) => (string | { name: string; as: string })[]): Pairs {
  const byName = new Map<string, Path>();
  for (const image of images) {
    const name = nameOf(image.folders, image.stem);
    const other = byName.get(name);
    if (other)
      throw new InputError({
        file: image.key,
        field: "data.masks",
        problem: `Its mask cannot be told from that of ${other.key}.`,
        remedy: "Rename one of the two images and its mask.",
      });
    byName.set(name, image);
  }
  const byImage: Pairs["byImage"] = new Map();
  const orphans: Path[] = [];
  for (const mask of masks) {
    const hit = names(mask)
      .map((name) => (typeof name === "string" ? { name, as: undefined } : name))
      .find(({ name }) => byName.has(name));
    if (!hit) {
      orphans.push(mask);
      continue;
    }
    const image = byName.get(hit.name)!;
    const files = byImage.get(image) ?? [];
    files.push({ key: mask.key, ...(hit.as === undefined ? {} : { name: hit.as }) });
    byImage.set(image, files);
  }
  return { byImage, orphans, found: byImage.size };
}

function pairObjects(images: Path[], masks: Path[]): Pairs {
  // Folders that hold one image only stand for it.
  const only = new Map<string, Path | undefined>();
  for (const image of images) {
    const folder = image.folders.join("/");
    only.set(folder, only.has(folder) ? undefined : image);
  }
  return pair(images, masks, ({ folders }) => {
    const folder = folders.join("/");
    const above = folders.slice(0, -1).join("/");
    const nameIn = (place: string) => {
      const image = only.get(place);
      return image && place !== "" ? [nameOf(image.folders, image.stem)] : [];
    };
    const kind = folders.at(-1)!;
    return [folder, ...nameIn(folder), { name: above, as: kind }, ...nameIn(above).map((name) => ({ name, as: kind }))];
  });
}

function assertOne(image: Path, files: MaskedImage["masks"]): void {
  if (files.length === 1) return;
  throw new InputError({
    file: image.key,
    field: "data.masks",
    problem: `It has ${files.length} masks: ${files[0].key}, ${files[1].key}.`,
    remedy: "Keep one of them; where each is one object, put them into a folder named like the image.",
  });
}

/** Where the mask of an image would lie, after the example of another. */
function expected(image: Path, example: Path): string {
  const folder =
    example.key
      .split("/")
      .slice(0, -1)
      .find((part) => MASK_FOLDER.test(part)) ?? "masks";
  return [folder, ...image.folders, `${image.stem}.png`].join("/");
}
