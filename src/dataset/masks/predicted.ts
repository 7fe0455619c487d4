/** Masks that somebody else's model gave: a folder of files, each named like its image. */
import { InputError } from "../../errors.ts";
import type { RawMask } from "../../image/decode-mask.ts";
import { below, keysOf } from "../format.ts";
import { isImage } from "../layout.ts";
import type { Files } from "../types.ts";
import { readPalette } from "./classes.ts";
import { nameOfImage, namesOfMask } from "./layout.ts";
import { maskOfColours, maskOfIndices, readRawMask } from "./pixels.ts";
import { IGNORE, type Mask, type MaskRequest } from "./types.ts";

const FIELD = "subject.predictions";

/** Finds the file of an image's prediction. */
export type FindPredicted = (image: string) => string | undefined;

/**
 * A prediction has its image's name, and its folders as far as they are there: of `images/a/7.jpg` it is `a/7.png`, or `7.png`
 * where only one image could mean it. Endings such as `_mask` and `_pred` are passed over.
 *
 * @param path a folder in `files`
 * @throws InputError where there is no mask in the folder, or two have one name
 */
export async function findPredicted(files: Files, path: string): Promise<FindPredicted> {
  // What a file is called goes before what it may be called without its ending.
  const named = new Map<string, string>();
  const ended = new Map<string, string>();
  for (const key of await keysOf(files, path, isImage)) {
    const [name, plain] = namesOfMask(key);
    put(named, name, below(path, key));
    if (plain !== undefined) put(ended, plain, below(path, key));
  }
  if (named.size === 0)
    throw new InputError({
      file: path,
      field: FIELD,
      problem: "There are no masks in it.",
      remedy:
        "Of masks, predictions are a folder of images without loss (PNG), one an image and named like it, with the values or colours that the given masks have.",
    });
  const taken = new Map<string, string>();
  return (image) => {
    const folders = nameOfImage(image).split("/");
    for (let from = 0; from < folders.length; from++) {
      const name = folders.slice(from).join("/");
      const key = named.get(name) ?? ended.get(name);
      if (key === undefined) continue;
      const other = taken.get(key);
      if (other !== undefined && other !== image)
        throw new InputError({
          file: key,
          field: FIELD,
          problem: `It could be the prediction of ${other} and of ${image}.`,
          remedy: "Put predictions into the folders that their images have, or give images names of their own.",
        });
      taken.set(key, image);
      return key;
    }
    return undefined;
  };
}

function put(byName: Map<string, string>, name: string, key: string): void {
  const other = byName.get(name);
  if (other !== undefined)
    throw new InputError({
      file: key,
      field: FIELD,
      problem: `It has the name of another prediction, ${other}.`,
      remedy: "Keep one mask an image.",
    });
  byName.set(name, key);
}

/** What is said of an image without a prediction; `others` lack one too. */
export function lacksPrediction(image: string, path: string, others: number): InputError {
  return new InputError({
    file: image,
    field: FIELD,
    problem: `There is no prediction for it in ${path}${others > 0 ? `, and none for ${others} other ${others === 1 ? "image" : "images"}` : ""}.`,
    remedy: `Save ${below(path, `${nameOfImage(image)}.png`)}, all background where the model sees nothing, or take the image out.`,
  });
}

/**
 * Reads predictions as the given masks are read: by their colours where data.masks.colours names them, else by class indices. Of
 * two classes, black and white stand for them as well.
 *
 * @returns what reads one file; it throws an InputError where a pixel has no class
 */
export function predictedReader(
  files: Files,
  classes: string[],
  { colours }: Pick<MaskRequest, "colours">,
): (key: string) => Promise<Mask> {
  const palette = colours && readPalette(colours, "errata.json");
  return async (key) => {
    const raw = await readRawMask(files, key);
    if (palette) return certain(maskOfColours(raw, palette, key), key);
    if (classes.length === 2 && isBlackAndWhite(raw)) return maskOfColours(raw, { ...BLACK_AND_WHITE, classes }, key);
    return certain(maskOfIndices(raw, classes, key), key);
  };
}

const BLACK_AND_WHITE = {
  indexOf: new Map([
    [0, 0],
    [0xffffff, 1],
  ]),
};

/** Nothing but 0 and 255, both of them: a colour such as yellow has other values beside them. */
function isBlackAndWhite({ values, channels, palette }: RawMask): boolean {
  if (palette) return false;
  let white = false;
  for (let i = 0; i < values.length; i += channels) {
    const value = values[i];
    if (value !== 0 && value !== IGNORE) return false;
    for (let c = 1; c < channels; c++) if (values[i + c] !== value) return false;
    white ||= value === IGNORE;
  }
  return white;
}

/** Only given masks may leave pixels out. */
function certain(mask: Mask, file: string): Mask {
  const at = mask.values.indexOf(IGNORE);
  if (at < 0) return mask;
  throw new InputError({
    file,
    field: FIELD,
    problem: `The pixel at row ${Math.floor(at / mask.width)}, column ${at % mask.width} has no class but ${IGNORE}, what is to be ignored.`,
    remedy: "Give every pixel of a prediction the class that the model says.",
  });
}

/** @throws InputError where a prediction has another size than the given mask, which has its image's */
export function assertSizeOfGiven(
  mask: Mask,
  given: Pick<Mask, "height" | "width">,
  file: string,
  image: string,
): void {
  if (mask.height === given.height && mask.width === given.width) return;
  throw new InputError({
    file,
    field: FIELD,
    problem: `The predicted mask is ${mask.width} x ${mask.height} pixels, the given one of ${image} is ${given.width} x ${given.height}.`,
    remedy: "Bring predictions back to their images' own size, with the nearest class and without smoothing.",
  });
}
