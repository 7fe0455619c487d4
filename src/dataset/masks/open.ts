/** Opens images with masks of any format. */

import { InputError } from "../../errors.ts";
import { pathWithin } from "../files.ts";
import { below, keysOf } from "../format.ts";
import type { Files } from "../types.ts";
import { checkClasses, hex, type Palette, readPalette, standardClasses } from "./classes.ts";
import { openCoco } from "./coco.ts";
import { hasMasks, layOutMasks, type MaskLayout } from "./layout.ts";
import { colourReader, maskOfColours, maskOfIndices, maskOfInstances, readRawMask } from "./pixels.ts";
import { IGNORE, type MaskFormat, type MaskRequest, type MaskSource, type ReadMask } from "./types.ts";

/** Masks that are looked at to tell their format and, where nothing names them, their classes. */
const LOOKED_AT = 50;
/** Colours listed where no palette is given. */
const COLOURS_NAMED = 8;
/** More grey values than that in undeclared masks are shades of an edge, not classes. */
const MOST_UNDECLARED = 64;

/**
 * Lists images with masks and settles the classes. Masks themselves are read one by one, later.
 *
 * @throws InputError naming file, field and remedy: no masks, an image without one, no palette for colours, a broken COCO file
 */
export async function openMasks(files: Files, request: MaskRequest): Promise<MaskSource> {
  const path = pathWithin(request.path);
  if (/\.json$/i.test(path)) return openCoco(files, path, request);
  const keys = await keysOf(files, path, () => true);
  const json = cocoFile(keys, request, path || ".");
  if (json !== undefined) return openCoco(files, below(path, json), request);
  const layout = layOutMasks(keys, path || ".");
  const located: MaskLayout = {
    ...layout,
    images: layout.images.map((image) => ({
      ...image,
      file: below(path, image.file),
      masks: image.masks.map((mask) => ({ ...mask, key: below(path, mask.key) })),
    })),
  };
  return openFiles(files, located, request);
}

/** The COCO file in a folder: where it is asked for, or where there is one JSON file and no mask. */
function cocoFile(keys: string[], request: MaskRequest, file: string): string | undefined {
  const json = keys.filter((key) => /\.json$/i.test(key) && !/(^|\/)(errata|recipe)[^/]*\.json$/i.test(key));
  if (request.format === undefined) return json.length === 1 && !hasMasks(keys) ? json[0] : undefined;
  if (request.format !== "coco") return undefined;
  if (json.length === 1) return json[0];
  throw new InputError({
    file,
    field: "data.path",
    problem:
      json.length === 0
        ? "There is no JSON file in it."
        : `There are ${json.length} JSON files in it, such as ${json[0]}.`,
    remedy: "Let data.path name the COCO file itself.",
  });
}

interface Reader {
  format: MaskFormat;
  classes: string[];
  read: ReadMask;
}

async function openFiles(
  files: Files,
  { kind, images, rejected }: MaskLayout,
  request: MaskRequest,
): Promise<MaskSource> {
  const reader =
    kind === "instances" || request.format === "instances"
      ? instanceReader(files, images, request)
      : await fileReader(files, images, request);
  return { ...reader, images, rejected, open: async () => reader.read };
}

function instanceReader(files: Files, images: MaskLayout["images"], request: MaskRequest): Reader {
  const names = new Set<string>();
  for (const { masks } of images) for (const { name } of masks) if (name !== undefined) names.add(name);
  const found = names.size > 0 ? [...names].sort() : ["object"];
  const classes = checkClasses(request.classes ?? ["background", ...found], request.path);
  return {
    format: "instances",
    classes,
    read: (index) => maskOfInstances(files, images[index].masks, classes, images[index].file),
  };
}

async function fileReader(files: Files, images: MaskLayout["images"], request: MaskRequest): Promise<Reader> {
  const fileOf = (index: number) => images[index].masks[0].key;
  const byColour = (palette: Palette): Reader => ({
    format: "colours",
    classes: palette.classes,
    read: async (index) => maskOfColours(await readRawMask(files, fileOf(index)), palette, fileOf(index)),
  });
  if (request.colours) return byColour(readPalette(request.colours, request.path));
  const look = await lookAt(
    files,
    images.map((_, i) => fileOf(i)),
  );
  if (request.format === "colours" || look.coloured)
    throw new InputError({
      file: look.coloured ?? fileOf(0),
      field: "data.masks.colours",
      problem: "The masks are in colour, and nothing says which colour is which class.",
      remedy: `Write {${look.colours.map((colour) => `"<class>": "${colour}"`).join(", ")}}: these are the colours of the first masks.`,
    });
  if (look.blackAndWhite && request.format === undefined && (request.classes?.length ?? 2) === 2) {
    const classes = request.classes ?? ["background", "object"];
    return byColour({
      classes,
      indexOf: new Map([
        [0, 0],
        [0xffffff, 1],
      ]),
    });
  }
  if (look.values > MOST_UNDECLARED && !request.classes)
    throw new InputError({
      file: fileOf(0),
      field: "data.masks",
      problem: `The first masks hold ${look.values} grey values: these are shades of smoothed edges, or classes that nothing names.`,
      remedy:
        'Save masks without smoothing; where each shows one object write "format": "instances", which cuts it at half of its brightness; or name the classes in data.classes.',
    });
  const classes = checkClasses(request.classes ?? standardClasses(look.largest + 1), request.path);
  return {
    format: "indices",
    classes,
    read: async (index) => maskOfIndices(await readRawMask(files, fileOf(index)), classes, fileOf(index)),
  };
}

interface Look {
  /** A mask in colour, if any is. */
  coloured?: string;
  colours: string[];
  /** Nothing but 0 and 255, both of them: white is an object then, not what is to be ignored. */
  blackAndWhite: boolean;
  /** Largest class index, and how many values there are. */
  largest: number;
  values: number;
}

/** A look at some masks, evenly over all of them. A palette's indices count as such. */
async function lookAt(files: Files, keys: string[]): Promise<Look> {
  const step = Math.max(1, Math.floor(keys.length / LOOKED_AT));
  const seen = new Uint8Array(1 << 16);
  const colours = new Set<number>();
  let coloured: string | undefined;
  // One of many is told when it is read itself.
  let broken: InputError | undefined;
  let decoded = 0;
  for (let i = 0; i < keys.length && i < step * LOOKED_AT; i += step) {
    const raw = await readRawMask(files, keys[i]).catch((error: unknown) => {
      if (!(error instanceof InputError)) throw error;
      broken ??= error;
      return undefined;
    });
    if (!raw) continue;
    decoded++;
    const { values, channels } = raw;
    if (channels === 1) {
      for (const value of values) seen[value] = 1;
      continue;
    }
    const colour = colourReader(raw);
    let before = -1;
    for (let pixel = 0; pixel < values.length / 3; pixel++) {
      const here = colour(pixel);
      if (here === before) continue;
      before = here;
      if (colours.size < COLOURS_NAMED) colours.add(here);
      if (here % 0x010101 === 0) seen[here & 255] = 1;
      else coloured ??= keys[i];
    }
  }
  if (broken && decoded === 0) throw broken;
  let largest = 0;
  const different = seen.reduce((sum, is) => sum + is, 0);
  for (let value = 1; value < seen.length; value++) if (seen[value] && value !== IGNORE) largest = value;
  return {
    coloured,
    colours: [...colours].map(hex),
    blackAndWhite: largest === 0 && seen[IGNORE] === 1,
    largest,
    values: different,
  };
}
