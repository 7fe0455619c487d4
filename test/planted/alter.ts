/** Ways to change data and recipes that faults and decoys share. None of them changes its argument. */
import { augmenter } from "../../src/model/augment.ts";
import type { Augmentation, LayerSpec } from "../../src/model/types.ts";
import type { Random } from "../../src/random.ts";
import type { Dataset, Part, RecipeFile, Setting } from "./types.ts";

export const bytesOf = ({ shape }: Pick<Dataset, "shape">): number => shape.height * shape.width * shape.channels;

export const rowsOf = (data: Dataset, ...parts: Part[]): number[] =>
  [...data.labels.keys()].filter((row) => parts.includes(data.parts[row]));

export const rowsOfClass = (data: Dataset, label: number, ...parts: Part[]): number[] =>
  rowsOf(data, ...parts).filter((row) => data.labels[row] === label);

/** A part of the rows of each class, drawn at random. */
export const someOfEach = (data: Dataset, share: number, chance: Random, ...parts: Part[]): number[] =>
  data.classes.flatMap((_, label) => {
    const rows = rowsOfClass(data, label, ...parts);
    return chance.sample(rows, Math.round(share * rows.length));
  });

/** These rows in this order; a row may be there several times. */
export function pick(data: Dataset, rows: number[]): Dataset {
  const size = bytesOf(data);
  const pixels = new Uint8Array(rows.length * size);
  rows.forEach((row, i) => void pixels.set(data.pixels.subarray(row * size, (row + 1) * size), i * size));
  return {
    ...data,
    pixels,
    labels: Uint8Array.from(rows, (row) => data.labels[row]),
    parts: rows.map((row) => data.parts[row]),
    columns: Object.fromEntries(
      Object.entries(data.columns).map(([name, values]) => [name, rows.map((row) => values[row])]),
    ),
  };
}

export function without(data: Dataset, rows: Iterable<number>): Dataset {
  const dropped = new Set(rows);
  return pick(
    data,
    [...data.labels.keys()].filter((row) => !dropped.has(row)),
  );
}

/** Copies of some rows at the end, each in the part and with the label that `as` gives it. */
export function withCopies(
  data: Dataset,
  rows: number[],
  as: { part: Part; label?: (row: number) => number },
): Dataset {
  const all = pick(data, [...data.labels.keys(), ...rows]);
  rows.forEach((row, i) => {
    all.parts[data.labels.length + i] = as.part;
    all.labels[data.labels.length + i] = as.label?.(row) ?? data.labels[row];
  });
  return all;
}

export function withLabels(data: Dataset, rows: number[], label: (row: number) => number): Dataset {
  const labels = data.labels.slice();
  for (const row of rows) labels[row] = label(row);
  return { ...data, labels };
}

/** Repaints some images: `paint` changes the image's own bytes in place. */
export function repaint(data: Dataset, rows: number[], paint: (image: Uint8Array, row: number) => void): Dataset {
  const size = bytesOf(data);
  const pixels = data.pixels.slice();
  for (const row of rows) paint(pixels.subarray(row * size, (row + 1) * size), row);
  return { ...data, pixels };
}

/** Moves, turns or recolours some images at random, as the training's own augmentation does. */
export function warped(data: Dataset, rows: number[], augmentation: Augmentation, chance: Random): Dataset {
  const augment = augmenter(augmentation, data.shape);
  const out = new Float32Array(bytesOf(data));
  return repaint(data, rows, (image) => {
    augment(image, 0, chance.int(2 ** 31), out);
    out.forEach((value, i) => void (image[i] = Math.round(value)));
  });
}

export const clamp = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));

/** Mean of an image's bytes, 0..255. */
export function brightness(data: Dataset, row: number): number {
  const size = bytesOf(data);
  let sum = 0;
  for (let i = row * size; i < (row + 1) * size; i++) sum += data.pixels[i];
  return sum / size;
}

export const layerOf = (layer: LayerSpec): { name: string; config: Record<string, unknown> } => {
  const [name] = Object.keys(layer);
  return { name, config: layer[name] };
};

/** Each layer changed; `undefined` leaves it out. `last`: it is the classifier's own layer. */
export function withLayers(
  recipe: RecipeFile,
  change: (name: string, config: Record<string, unknown>, last: boolean) => LayerSpec | undefined,
): RecipeFile {
  const last = recipe.architecture.length - 1;
  return {
    ...recipe,
    architecture: recipe.architecture.flatMap((layer, i) => {
      const { name, config } = layerOf(layer);
      const changed = change(name, config, i === last);
      return changed ? [changed] : [];
    }),
  };
}

/** The same change of the configuration of every layer with weights, but the last. */
export const withHidden = (recipe: RecipeFile, change: (config: Record<string, unknown>) => object): RecipeFile =>
  withLayers(recipe, (name, config, last) =>
    last || !/^(conv|dense)/.test(name) ? { [name]: config } : { [name]: { ...config, ...change(config) } },
  );

/** Epochs over a part of the images that make as many steps as the recipe's over all of them; four times its own at the most. */
export const epochsOver = ({ fit }: RecipeFile, part: number): number => Math.round(fit.epochs * Math.min(4, 1 / part));

export const withoutDropout = (recipe: RecipeFile): RecipeFile =>
  withLayers(recipe, (name, config) => (name === "dropout" ? undefined : { [name]: config }));

export const withFit = ({ data, recipe }: Setting, fit: Partial<RecipeFile["fit"]>): Setting => ({
  data,
  recipe: { ...recipe, fit: { ...recipe.fit, ...fit } },
});

export const withOptimizer = (
  { data, recipe }: Setting,
  optimizer: Partial<RecipeFile["compile"]["optimizer"]>,
): Setting => ({
  data,
  recipe: { ...recipe, compile: { ...recipe.compile, optimizer: { ...recipe.compile.optimizer, ...optimizer } } },
});

export const learningRateTimes = (setting: Setting, factor: number): Setting =>
  withOptimizer(setting, {
    learningRate: Number((setting.recipe.compile.optimizer.learningRate * factor).toPrecision(3)),
  });

export const epochsTimes = (setting: Setting, factor: number): Setting =>
  withFit(setting, { epochs: Math.max(1, Math.round(setting.recipe.fit.epochs * factor)) });
