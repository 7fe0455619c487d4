import { pMapIterable } from "p-map";
import type { Ingested } from "../../audit/observe.ts";
import type { Pixels } from "../../audit/run-job.ts";
import { MEASURES, type Measures } from "../../causes/view.ts";
import { DatasetDigest } from "../../dataset/digest.ts";
import { findDuplicates } from "../../dataset/duplicates.ts";
import { decodePack, type PackRow } from "../../dataset/pack.ts";
import type { DatasetListing, ImageShape, Rejected, Split, Task } from "../../dataset/types.ts";
import type { EngineName } from "../../engine/types.ts";
import { placesOf } from "../../image/places.ts";
import type { Recipe } from "../../model/types.ts";
import { usualTolerance } from "../../stats/segmentation.ts";
import type { ObjectStore } from "../ports.ts";
import type { StageContext } from "../stage.ts";
import { inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { assertUsable } from "./usable.ts";

/** What intake found out, kept for all later stages. */
export interface Intake extends DatasetListing {
  /** Of masks only. */
  task?: Task;
  shape: ImageShape;
  /** First and one past the last sample of each shard. */
  shards: [number, number][];
  recipe?: Recipe;
  subject: { kind: "recipe" | "model" | "predictions"; says: string };
  engine: { name: EngineName; version: string };
}

/** Images that a training run gets, about: those of the audit set. */
export function trainingImages({ images, audited }: DatasetListing): number {
  return Math.round((images.train * audited) / (images.train + images.validation + images.test));
}

export const writeJson = (store: ObjectStore, key: string, value: unknown): Promise<void> =>
  store.put(key, new TextEncoder().encode(JSON.stringify(value)));
export const readJson = async <T>(store: ObjectStore, key: string): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await store.read(key)));
export const readFloats = async (store: ObjectStore, key: string): Promise<Float32Array> =>
  new Float32Array(new Uint8Array(await store.read(key)).buffer);
export const writeFloats = (store: ObjectStore, key: string, values: Float32Array): Promise<void> =>
  store.put(key, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));

/** A dataset after ingest: the columns of its audit set, and what could not be read of all of it. */
export interface Collected {
  intake: Intake;
  data: Ingested;
  rejected: Rejected[];
  /** Digest of all usable images. */
  digest: string;
  /** Usable images beyond the audit set. */
  beyond: number;
  shards: ShardRows[];
}

/** Rows of one shard that are in the audit set: they follow one another. */
interface ShardRows {
  first: number;
  /** Their places among the shard's usable images, which its pixels have. */
  places: Int32Array;
}

/** One run a process: reading the packs again for each item would cost more than the work. */
const kept = new Map<string, Promise<unknown>>();
export function once<T>(key: string, make: () => Promise<T>): Promise<T> {
  const known = kept.get(key) as Promise<T> | undefined;
  if (known) return known;
  const made = make();
  kept.set(key, made);
  made.catch(() => kept.delete(key));
  return made;
}

export const readIntake = (context: StageContext): Promise<Intake> => readJson(context.store, keys.intake(context.run));

/** Packs that are read at once, so that a bucket's latency does not add up. */
const READ_AHEAD = 8;

/** Reads all packs' tables and keeps the audit set. Shards that failed for good are left out. */
export const collect = (context: StageContext): Promise<Collected> =>
  once(`${context.run}/table`, async () => {
    const intake = await readIntake(context);
    const rows: KeptRow[] = [];
    const shards: ShardRows[] = [];
    const rejected = [...intake.rejected];
    const digest = new DatasetDigest(intake.classes);
    let usable = 0;
    const packs = pMapIterable(intake.shards.keys(), (shard) => readPack(context, shard), {
      concurrency: READ_AHEAD,
      backpressure: READ_AHEAD,
    });
    for await (const pack of packs) {
      const first = rows.length;
      const places: number[] = [];
      let place = 0;
      for (const row of pack) {
        if (row.problem !== undefined) {
          rejected.push({ file: row.file, problem: row.problem });
          continue;
        }
        digest.add(row);
        if (!row.beyond) {
          const { thumbnail: _, ...kept } = row;
          rows.push(kept);
          places.push(place);
        }
        place++;
      }
      usable += place;
      shards.push({ first, places: Int32Array.from(places) });
    }
    const { seed, name } = inputOf(context);
    assertUsable(name, intake, { usable, rows, rejected });
    const beyond = usable - rows.length;
    return { intake, rejected, shards, beyond, digest: digest.hex(), data: ingested(seed, intake, rows) };
  });

/** Of the audit set's rows all but the thumbnails is looked at together. */
type KeptRow = Omit<PackRow, "thumbnail">;

function ingested(seed: number, intake: Intake, rows: KeptRow[]): Ingested {
  const splits = rows.map(({ split }) => split);
  const of = (split: Split) => Int32Array.from(splits.keys()).filter((row) => splits[row] === split);
  const names = [...new Set(rows.flatMap(({ metadata }) => Object.keys(metadata ?? {})))];
  return {
    seed,
    ...(intake.task ? { task: intake.task, masks: masksOf(rows, intake) } : {}),
    classes: intake.classes,
    shape: intake.shape,
    samples: {
      files: rows.map(({ file }) => file),
      labels: Int32Array.from(rows, ({ label }) => label),
      splits,
      groups: rows.map(({ group }) => group),
      // What a training run is named by: of masks both, since either may change.
      hashes: rows.map(({ hash, maskHash }) => (maskHash ? `${hash}/${maskHash}` : hash)),
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

function masksOf(rows: KeptRow[], { classes, subject }: Intake): Ingested["masks"] {
  const pixels = maskPixelsOf(rows, classes.length);
  if (subject.kind !== "predictions") return { pixels };
  const tolerances = rows.map(({ height, width }) => usualTolerance(height, width));
  return { pixels, asGiven: { tolerance: tolerances.reduce((sum, each) => sum + each, 0) / rows.length } };
}

/** [rows, classes] */
function maskPixelsOf(rows: KeptRow[], classes: number): Float64Array {
  const pixels = new Float64Array(rows.length * classes);
  rows.forEach(({ maskPixels }, row) => void pixels.set(maskPixels!, row * classes));
  return pixels;
}

function measuresOf(rows: KeptRow[]): Measures {
  const measures = Object.fromEntries(MEASURES.map((name) => [name, new Float32Array(rows.length)])) as Measures;
  rows.forEach(({ quality, signature }, row) => {
    const each = { ...quality, ...placesOf(signature) };
    for (const name of MEASURES) measures[name][row] = each[name];
  });
  return measures;
}

/** The pixels of the audit set, in the order of `collect`. */
export const collectPixels = (context: StageContext): Promise<Pixels> =>
  once(`${context.run}/pixels`, async () => {
    const { intake, data, shards } = await collect(context);
    const { height, width, channels } = intake.shape;
    const size = height * width * channels;
    const values = new Uint8Array(data.samples.files.length * size);
    const masks = intake.task && new Uint8Array(data.samples.files.length * height * width);
    for (const [shard, { first, places }] of shards.entries()) {
      if (places.length === 0) continue;
      values.set(blocksAt(await context.store.read(keys.pixels(context.run, shard)), size, places), first * size);
      if (!masks) continue;
      const own = await context.store.read(keys.masks(context.run, shard));
      masks.set(blocksAt(own, height * width, places), first * height * width);
    }
    return { shape: intake.shape, values, ...(masks ? { masks } : {}) };
  });

/** Blocks of `size` bytes at some places of `values`: those themselves where it is all of them. */
export function blocksAt(values: Uint8Array, size: number, places: Int32Array): Uint8Array {
  if (places.length * size === values.length) return values;
  const picked = new Uint8Array(places.length * size);
  places.forEach((place, i) => {
    picked.set(values.subarray(place * size, (place + 1) * size), i * size);
  });
  return picked;
}

/** The table of one shard, rejected images included; empty where it failed for good. */
async function readPack(context: StageContext, shard: number): Promise<PackRow[]> {
  const key = keys.table(context.run, shard);
  return (await context.store.exists(key)) ? decodePack(await context.store.read(key)) : [];
}

/** The usable rows of one shard, those beyond the audit set too; none where it failed for good. */
export const readShardRows = async (context: StageContext, shard: number): Promise<PackRow[]> =>
  (await readPack(context, shard)).filter(({ problem }) => problem === undefined);

/** Thumbnails of some files. */
export async function readThumbnails(
  context: StageContext,
  files: ReadonlySet<string>,
): Promise<Record<string, Uint8Array>> {
  const found: [string, Uint8Array][] = [];
  for (const shard of (await readIntake(context)).shards.keys()) {
    if (found.length === files.size) break;
    for (const { file, thumbnail } of await readShardRows(context, shard))
      if (files.has(file)) found.push([file, thumbnail]);
  }
  return Object.fromEntries(found);
}

export function joined(blocks: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    values.set(block, at);
    at += block.length;
  }
  return values;
}
