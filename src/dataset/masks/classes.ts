/** Class names, colours and counts of masks. */
import { InputError } from "../../errors.ts";
import { list } from "../assemble.ts";
import { IGNORE, type Mask, MOST_CLASSES } from "./types.ts";

const IGNORED = "ignore";

/** Class names where nothing declares them. */
export const standardClasses = (count: number): string[] =>
  Array.from({ length: Math.max(2, count) }, (_, k) => (k === 0 ? "background" : `class ${k}`));

/** @throws InputError for more classes than a byte can hold beside `IGNORE` */
export function checkClasses(classes: string[], file: string): string[] {
  if (classes.length <= MOST_CLASSES) return classes;
  throw new InputError({
    file,
    field: "classes",
    problem: `There are ${classes.length} classes with the background.`,
    remedy: `At most ${MOST_CLASSES} can be told apart: merge some of them, or leave some out.`,
  });
}

export interface Palette {
  classes: string[];
  /** Class index, or `IGNORE`, by colour as 0xrrggbb. */
  indexOf: Map<number, number>;
}

/** @throws InputError for what is no colour, or one that stands for two classes */
export function readPalette(colours: Record<string, string>, file: string): Palette {
  const names = Object.keys(colours).filter((name) => name !== IGNORED);
  const indexOf = new Map<number, number>();
  for (const [name, text] of Object.entries(colours)) {
    const field = `data.masks.colours.${name}`;
    if (!/^#[0-9a-f]{6}$/i.test(text))
      throw new InputError({
        file,
        field,
        problem: `${JSON.stringify(text)} is no colour.`,
        remedy: 'Write red, green and blue in hexadecimal, such as "#ff8000".',
      });
    const colour = Number.parseInt(text.slice(1), 16);
    if (indexOf.has(colour))
      throw new InputError({
        file,
        field,
        problem: `${text} stands for two classes.`,
        remedy: "Give each class a colour of its own.",
      });
    indexOf.set(colour, name === IGNORED ? IGNORE : names.indexOf(name));
  }
  return { classes: checkClasses(names, file), indexOf };
}

export const hex = (colour: number): string => `#${colour.toString(16).padStart(6, "0")}`;

/** Adds a mask's pixels to `counts` `[classes]`. */
export function countClasses(mask: Mask, counts: Float64Array): void {
  for (const value of mask.values) if (value !== IGNORE) counts[value]++;
}

/**
 * For the stage that brings the shards together.
 *
 * @param counts pixels of each class over all masks, `[classes]`
 * @throws InputError where only the background, or only one class, ever occurs
 */
export function assertForeground(counts: Float64Array, classes: string[], dataset: string): void {
  const present = classes.filter((_, k) => counts[k] > 0);
  if (present.length > 1) return;
  const only = present[0];
  throw new InputError({
    file: dataset,
    field: "data.masks",
    problem:
      only === undefined
        ? "All pixels of all masks are to be ignored."
        : only === classes[0]
          ? `All masks are ${JSON.stringify(only)} everywhere: none shows one of ${list(classes.slice(1))}.`
          : `All masks are ${JSON.stringify(only)} everywhere.`,
    remedy:
      "Check that the masks were exported with their objects, and that classes or colours in data.masks are those that the files use.",
  });
}
