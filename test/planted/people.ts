/** Images with labels that people gave, and labels made wrong, for scores of suspects to be held against. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { groupFolds } from "../../src/dataset/splits.ts";
import type { Engine } from "../../src/engine/types.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import { train } from "../../src/model/train.ts";
import { deriveSeed, random } from "../../src/random.ts";
import { DATA } from "../support/data.ts";
import { pick, rowsOf, someOfEach, withLabels } from "./alter.ts";
import { imagesOf } from "./archive.ts";
import { drawDataset } from "./draw.ts";
import type { Base, Dataset, Pool, RecipeFile } from "./types.ts";

export interface Labelled {
  data: Dataset;
  recipe: RecipeFile;
  /** 1 where the given label is wrong, `[images]` */
  wrong: Uint8Array;
}

/** Training images of a base, a part of whose labels is replaced by any other class at random. */
export async function plantedNoise(base: Base, part: number, images: number, seed: number): Promise<Labelled> {
  const clean = drawDataset(await base.pool("tune"), { train: images, test: 0, check: 0 }, seed);
  const chance = random(deriveSeed(seed, "noise"));
  const { length } = clean.classes;
  const rows = someOfEach(clean, part, chance, "train");
  const data = withLabels(clean, rows, (row) => (clean.labels[row] + 1 + chance.int(length - 1)) % length);
  return { data, recipe: base.recipe("tune"), wrong: data.labels.map((label, i) => Number(label !== clean.labels[i])) };
}

const CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/** CIFAR-10 with the label of one human annotator each (CIFAR-10N, Wei et al. 2022): 17 % of them are wrong. */
export async function humanLabels(each: number, recipe: RecipeFile): Promise<Labelled> {
  const read = (name: string) => readFileSync(join(DATA, "cifar10", `train-labels-${name}.u8`));
  const [truth, given] = [read("clean"), read("human")];
  // A file's number is its rank within the class in the original order of the training set.
  const rank = new Int32Array(CLASSES.length);
  const human = new Map<string, number>();
  truth.forEach((label, i) => void human.set(`${CLASSES[label]}/${rank[label]++}`, given[i]));
  const path = /^train\/(\w+)\/(\d+)\.jpg$/;
  const images = await imagesOf(
    "cifar10/cifar-10-images-jpg.tar.gz",
    (name) => Number(path.exec(name)?.[2] ?? each) < each,
    32,
  );
  const told = images.map(({ name }) => path.exec(name)!);
  const labels = Uint8Array.from(told, ([, label, number]) => human.get(`${label}/${Number(number)}`)!);
  const pool: Pool = {
    classes: CLASSES,
    shape: { height: 32, width: 32, channels: 3 },
    pixels: Buffer.concat(images.map(({ pixels }) => pixels)),
    labels,
    columns: {},
  };
  return {
    data: { ...pool, parts: Array.from(labels, () => "train" as const) },
    recipe,
    wrong: Uint8Array.from(told, ([, label], i) => Number(CLASSES.indexOf(label) !== labels[i])),
  };
}

/** Out-of-sample probabilities by cross-validation, `[images, classes]`: what the audit's screening looks at. */
export async function outOfSample(
  engine: Engine,
  { data, recipe }: Labelled,
  folds: number,
  seed: number,
): Promise<Float32Array> {
  const classes = data.classes.length;
  const read = readRecipe(recipe, { file: "recipe.json", classes, imageShape: data.shape });
  const rows = rowsOf(data, "train");
  const labels = Int32Array.from(data.labels);
  const fold = groupFolds(labels, new Array(rows.length).fill(undefined), folds, seed);
  const probabilities = new Float32Array(rows.length * classes);
  for (let k = 0; k < folds; k++) {
    const inside = pick(
      data,
      rows.filter((row) => fold[row] !== k),
    );
    const outside = rows.filter((row) => fold[row] === k);
    const model = await train(
      engine,
      read,
      { shape: data.shape, pixels: inside.pixels, labels: Int32Array.from(inside.labels) },
      { seed: deriveSeed(seed, k), classes },
    );
    const predicted = await model.predict(pick(data, outside).pixels);
    outside.forEach(
      (row, i) => void probabilities.set(predicted.subarray(i * classes, (i + 1) * classes), row * classes),
    );
    model.dispose();
  }
  return probabilities;
}
