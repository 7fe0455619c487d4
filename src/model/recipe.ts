import { z } from "zod";
import type { ImageShape, Task } from "../dataset/types.ts";
import { InputError } from "../errors.ts";
import { readArchitecture } from "./architecture.ts";
import { readCompile } from "./compile.ts";
import { camel, camelKeys } from "./names.ts";
import { augmentationSchema, fitSchema, inputSchema, parse } from "./recipe-schema.ts";
import type { Recipe } from "./types.ts";

export { defaultRecipe } from "./default-recipe.ts";
export { describeRecipe } from "./describe-recipe.ts";

export interface RecipeContext {
  /** For messages. */
  file: string;
  /** Number of the dataset's classes. */
  classes: number;
  /** Shape of the data's images: the input's, where the recipe does not say. */
  imageShape: ImageShape;
  /** Classification where nothing is said. A segmentation model gives an answer at each pixel of the input. */
  task?: Task;
}

const PARTS = ["architecture", "compile", "fit", "input"];
/** Of Keras' `fit`, what has no bearing here: Errata makes the splits and shuffles by its seed. */
const IDLE_FIT = new Set(["shuffle", "verbose", "validationSplit", "callbacks", "initialEpoch"]);

/**
 * Reads a recipe: architecture, compile, fit and input, in tfjs' names or Keras'.
 *
 * @param json the parsed file
 * @returns the recipe with every default filled in
 * @throws InputError naming the file, the field and what to write instead
 */
export function readRecipe(json: unknown, { file, classes, imageShape, task }: RecipeContext): Recipe {
  const parts = objectOf(json, file, undefined, "A recipe is an object.");
  for (const part of Object.keys(parts))
    if (!PARTS.includes(part) && !["schema", "$schema", "name", "description"].includes(part))
      throw new InputError({
        file,
        field: part,
        problem: "There is no such part.",
        remedy: `A recipe has ${PARTS.join(", ")}.`,
      });
  if (parts.architecture === undefined)
    throw new InputError({
      file,
      field: "architecture",
      problem: "It is missing.",
      remedy: "Give the list of layers, or what model.to_json() writes.",
    });
  const given = parse(inputSchema, camelKeys(parts.input ?? {}), file, "input");
  const { architecture, width, inputShape, scale } = readArchitecture(
    parts.architecture,
    file,
    classes,
    {
      size: given.size ?? undefined,
      channels: given.channels ?? undefined,
      fallback: imageShape,
    },
    task,
  );
  const input: Recipe["input"] = {
    size: [inputShape[0], inputShape[1]],
    channels: inputShape[2] as 1 | 3,
    scale: given.scale ?? scale ?? "0..1",
    order: given.order ?? "rgb",
    ...(given.mask && given.mask.length > 0 ? { mask: given.mask } : {}),
    ...(given.equalize ? { equalize: true } : {}),
  };
  const compile = readCompile(objectOf(parts.compile ?? {}, file, "compile"), file, width);
  return { architecture, compile, fit: readFit(objectOf(parts.fit ?? {}, file, "fit"), file, classes), input };
}

function readFit(given: Record<string, unknown>, file: string, classes: number): Recipe["fit"] {
  const fit: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const name = camel(key);
    if (!IDLE_FIT.has(name) && value !== null) fit[name] = camelKeys(value);
  }
  if (fit.augmentation) fit.augmentation = readAugmentation(fit.augmentation, file);
  fit.classWeight = classWeight(fit.classWeight, classes);
  const read = parse(fitSchema, fit, file, "fit");
  if (Array.isArray(read.classWeight) && read.classWeight.length !== classes)
    throw new InputError({
      file,
      field: "fit.classWeight",
      problem: `There are ${read.classWeight.length} weights for ${classes} classes.`,
      remedy: 'Give one for each class, or "balanced".',
    });
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)) as Recipe["fit"];
}

/** Keras gives weights as {"0": 1.5, "3": 2}; classes that are not named weigh 1. */
function classWeight(given: unknown, classes: number): unknown {
  if (given === null || typeof given !== "object" || Array.isArray(given)) return given;
  return Array.from({ length: classes }, (_, label) => (given as Record<string, unknown>)[label] ?? 1);
}

/** Takes the names of Keras' ImageDataGenerator too. */
function readAugmentation(given: unknown, file: string): unknown {
  const parts = { ...objectOf(given, file, "fit.augmentation") };
  const shifts = [parts.widthShiftRange, parts.heightShiftRange].filter((shift) => typeof shift === "number");
  if (shifts.length > 0) parts.shift = Math.max(...shifts);
  delete parts.widthShiftRange;
  delete parts.heightShiftRange;
  const renamed = Object.fromEntries(
    Object.entries(parts).map(([name, value]) => [name.replace(/^(rotation|zoom|shear)Range$/, "$1"), value]),
  );
  return parse(augmentationSchema, renamed, file, "fit.augmentation");
}

function objectOf(value: unknown, file: string, field?: string, problem = "It is no object."): Record<string, unknown> {
  const read = z.record(z.string(), z.unknown()).safeParse(value);
  if (read.success) return read.data;
  throw new InputError({ file, field, problem, remedy: "Write it in braces: {...}." });
}
