import type { Inferred, Ingested } from "../../audit/observe.ts";
import type { Pixels } from "../../audit/run-job.ts";
import {
  type Features,
  MEASURES,
  type Measures,
  type Perturbed,
  type Predictions,
  type View,
} from "../../causes/view.ts";
import { findDuplicates } from "../../dataset/duplicates.ts";
import { decodePack, type PackRow } from "../../dataset/pack.ts";
import type { ImageShape, Rejected, Split } from "../../dataset/types.ts";
import type { EngineName } from "../../engine/types.ts";
import { placesOf } from "../../image/places.ts";
import { type Variant, variantsFor } from "../../model/perturb.ts";
import type { Recipe } from "../../model/types.ts";
import { deriveSeed, random } from "../../random.ts";
import type { ObjectStore } from "../ports.ts";
import type { StageContext } from "../stage.ts";
import { inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { assertUsable } from "./usable.ts";

/** What intake found out, kept for all later stages. */
export interface Intake {
  classes: string[];
  shape: ImageShape;
  splits: "given" | "made";
  rejected: Rejected[];
  /** First and one past the last sample of each shard. */
  shards: [number, number][];
  recipe?: Recipe;
  subject: { kind: "recipe" | "model" | "predictions"; says: string };
  engine: { name: EngineName; version: string };
}

export const writeJson = (store: ObjectStore, key: string, value: unknown): Promise<void> =>
  store.put(key, new TextEncoder().encode(JSON.stringify(value)));
export const readJson = async <T>(store: ObjectStore, key: string): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await store.read(key)));
export const readFloats = async (store: ObjectStore, key: string): Promise<Float32Array> =>
  new Float32Array(new Uint8Array(await store.read(key)).buffer);
export const writeFloats = (store: ObjectStore, key: string, values: Float32Array): Promise<void> =>
  store.put(key, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));

/** A dataset after ingest: its columns, the shard and thumbnail of each row, and what could not be read. */
export interface Collected {
  intake: Intake;
  data: Ingested;
  rows: PackRow[];
  rejected: Rejected[];
}

/** One run a process: reading the packs again for each item would cost more than the work. */
const kept = new Map<string, Promise<unknown>>();
function once<T>(key: string, make: () => Promise<T>): Promise<T> {
  const known = kept.get(key) as Promise<T> | undefined;
  if (known) return known;
  const made = make();
  kept.set(key, made);
  made.catch(() => kept.delete(key));
  return made;
}

export const readIntake = (context: StageContext): Promise<Intake> => readJson(context.store, keys.intake(context.run));

/** Reads all packs' tables. Shards that failed for good are left out. */
export const collect = (context: StageContext): Promise<Collected> =>
  once(`${context.run}/table`, async () => {
    const intake = await readIntake(context);
    const rows: PackRow[] = [];
    const rejected = [...intake.rejected];
    for (const shard of intake.shards.keys()) {
      if (!(await context.store.exists(keys.table(context.run, shard)))) continue;
      for (const row of decodePack(await context.store.read(keys.table(context.run, shard)))) {
        if (row.problem === undefined) rows.push(row);
        else rejected.push({ file: row.file, problem: row.problem });
      }
    }
    const { seed, name } = inputOf(context);
    assertUsable(name, intake, rows, rejected);
    return { intake, rows, rejected, data: ingested(seed, intake, rows) };
  });

function ingested(seed: number, intake: Intake, rows: PackRow[]): Ingested {
  const splits = rows.map(({ split }) => split);
  const of = (split: Split) => Int32Array.from(splits.keys()).filter((row) => splits[row] === split);
  const names = [...new Set(rows.flatMap(({ metadata }) => Object.keys(metadata ?? {})))];
  return {
    seed,
    classes: intake.classes,
    shape: intake.shape,
    samples: {
      files: rows.map(({ file }) => file),
      labels: Int32Array.from(rows, ({ label }) => label),
      splits,
      groups: rows.map(({ group }) => group),
      hashes: rows.map(({ hash }) => hash),
      columns: names.map((name) => ({ name, values: rows.map(({ metadata }) => metadata?.[name]) })),
      measures: measuresOf(rows),
    },
    recipe: intake.recipe,
    train: of("train"),
    validation: of("validation"),
    test: of("test"),
    duplicates: findDuplicates(rows),
  };
}

function measuresOf(rows: PackRow[]): Measures {
  const all = rows.map(({ quality, signature }) => ({ ...quality, ...placesOf(signature) }));
  return Object.fromEntries(MEASURES.map((name) => [name, Float32Array.from(all, (each) => each[name])])) as Measures;
}

/** The pixels of all usable rows, in the order of `collect`. */
export const collectPixels = (context: StageContext): Promise<Pixels> =>
  once(`${context.run}/pixels`, async () => {
    const { intake, rows } = await collect(context);
    const { height, width, channels } = intake.shape;
    const values = new Uint8Array(rows.length * height * width * channels);
    let at = 0;
    for (const shard of intake.shards.keys()) {
      if (!(await context.store.exists(keys.table(context.run, shard)))) continue;
      const pixels = await context.store.read(keys.pixels(context.run, shard));
      values.set(pixels, at);
      at += pixels.length;
    }
    return { shape: intake.shape, values };
  });

/** The usable rows of one shard; none where it failed for good. */
export async function readShardRows(context: StageContext, shard: number): Promise<PackRow[]> {
  const key = keys.table(context.run, shard);
  if (!(await context.store.exists(key))) return [];
  return decodePack(await context.store.read(key)).filter(({ problem }) => problem === undefined);
}

/** Rows of each shard, in the order of `collect`. */
async function shardRows(context: StageContext, shard: number): Promise<Int32Array> {
  const { intake, rows } = await collect(context);
  const [from, to] = intake.shards[shard];
  return Int32Array.from(rows.keys()).filter((row) => rows[row].index >= from && rows[row].index < to);
}

/** What the infer stage wrote, shard after shard; nothing where it wrote nothing. */
async function collectFloats(
  context: StageContext,
  key: (run: string, shard: number) => string,
): Promise<{ rows: Int32Array; values: Float32Array } | undefined> {
  const { intake } = await collect(context);
  const rows: number[] = [];
  const blocks: Float32Array[] = [];
  for (const shard of intake.shards.keys()) {
    if (!(await context.store.exists(key(context.run, shard)))) continue;
    blocks.push(await readFloats(context.store, key(context.run, shard)));
    rows.push(...(await shardRows(context, shard)));
  }
  if (rows.length === 0) return undefined;
  const values = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    values.set(block, at);
    at += block.length;
  }
  return { rows: Int32Array.from(rows), values };
}

async function collectFeatures(context: StageContext): Promise<Features | undefined> {
  const found = await collectFloats(context, keys.features);
  return found && found.values.length > 0 ? { ...found, width: found.values.length / found.rows.length } : undefined;
}

/** What the infer stage saw of the images. */
export async function collectInferred(context: StageContext): Promise<Inferred> {
  return { features: await collectFeatures(context), perturbed: await collectPerturbed(context) };
}

/** Test rows whose changed copies are predicted, at most. */
const PERTURBED = 500;

/** The test rows whose changed copies are predicted, shard by shard, and the first row of each shard. */
export async function perturbedRows(context: StageContext): Promise<{ rows: Int32Array; first: number }[]> {
  const { data, intake } = await collect(context);
  const chosen = new Set(random(deriveSeed(data.seed, "perturbed")).sample(data.test, PERTURBED));
  return Promise.all(
    Array.from(intake.shards.keys(), async (shard) => {
      const rows = await shardRows(context, shard);
      return { rows: rows.filter((row) => chosen.has(row)), first: rows[0] ?? 0 };
    }),
  );
}

/** Class and confidence of each variant, `[rows, variants, 2]` a shard. */
async function collectPerturbed(context: StageContext): Promise<Perturbed | undefined> {
  const { intake } = await collect(context);
  const rows: number[] = [];
  const values: number[] = [];
  for (const [shard, chosen] of (await perturbedRows(context)).entries()) {
    if (!(await context.store.exists(keys.perturbed(context.run, shard)))) continue;
    values.push(...(await readFloats(context.store, keys.perturbed(context.run, shard))));
    rows.push(...chosen.rows);
  }
  if (rows.length === 0) return undefined;
  return {
    rows: Int32Array.from(rows),
    variants: variantsOf(intake),
    predicted: Int32Array.from({ length: values.length / 2 }, (_, i) => values[2 * i]),
    confidence: Float32Array.from({ length: values.length / 2 }, (_, i) => values[2 * i + 1]),
  };
}

/** The changes that a subject's answers are tried under: of the images, and of a saved model's own input. */
export const variantsOf = ({ shape, subject }: Pick<Intake, "shape" | "subject">): Variant[] => [
  ...variantsFor(shape),
  ...(subject.kind === "model"
    ? inputsOf(shape.channels).map(({ id }): Variant => ({ id, kind: "input", amount: 0 }))
    : []),
];

/** Other ways in which a saved model may want its input. */
export const inputsOf = (channels: number): { id: string; input: Partial<Recipe["input"]> }[] => [
  ...(["0..1", "-1..1", "0..255"] as const).map((scale) => ({ id: `scale ${scale}`, input: { scale } })),
  ...(channels === 3 ? [{ id: "order bgr", input: { order: "bgr" as const } }] : []),
];

export const collectProbabilities = (context: StageContext): Promise<Predictions | undefined> =>
  collectFloats(context, keys.probabilities);

/** A view of a subject that cannot be retrained: a saved model, or predictions that are out of sample by their maker's word. */
export function givenView(
  data: Ingested,
  predictions: Predictions,
  outOfSample: boolean,
  wrongRates: (predictions: Predictions) => Float32Array,
): View {
  const tested = onRows(predictions, data.test, data.classes.length);
  const train = onRows(predictions, data.train, data.classes.length);
  return {
    ...data,
    recipe: undefined,
    tested: [tested],
    testErrors: wrongRates(tested),
    traces: [],
    ...(outOfSample ? { outOfFold: train } : { inSample: train }),
  };
}

function onRows({ rows, values }: Predictions, wanted: Int32Array, classes: number): Predictions {
  const at = new Map(Array.from(rows, (row, i) => [row, i]));
  const picked = new Float32Array(wanted.length * classes);
  wanted.forEach(
    (row, i) => void picked.set(values.subarray(at.get(row)! * classes, (at.get(row)! + 1) * classes), i * classes),
  );
  return { rows: wanted, values: picked };
}
