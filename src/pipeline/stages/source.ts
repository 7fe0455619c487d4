import pMap from "p-map";
import type { Assembly } from "../../dataset/assemble.ts";
import type { ListedRow } from "../../dataset/format.ts";
import { listMasks } from "../../dataset/masks/list.ts";
import { listDataset, openListed } from "../../dataset/open.ts";
import type { DatasetListing, DatasetRequest, DatasetSource, Files, Sample } from "../../dataset/types.ts";
import { InputError } from "../../errors.ts";
import type { StageContext } from "../stage.ts";
import { readJson, writeJson } from "./collected.ts";
import { type AuditInput, inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { readModelInput } from "./model-input.ts";

/** Images in a shard: small enough for a function's memory and time, large enough that messages do not matter. */
const SHARD = 500;
/** Of images with masks, which are usually larger, and whose masks lie beside them. */
const MASKED_SHARD = 100;
/** Of saved models of masks, whose images may be as large as they are: pixels a shard, and images where nothing says their size. */
const MASK_PIXELS = 16_000_000;
const UNSIZED_SHARD = 20;
/** How many shards' listings are written at once. */
const WRITES_AT_ONCE = 16;

/** A dataset's listing, its samples in shards. */
export interface ShardedListing extends DatasetListing {
  /** First and one past the last sample of each shard. */
  shards: [number, number][];
}

/** Lists the dataset of the run and writes the samples shard by shard: they are never all held, and never listed again. */
export async function listSource(context: StageContext): Promise<ShardedListing> {
  const { store, run } = context;
  const { location, name } = inputOf(context);
  const shards: [number, number][] = [];
  const most = shardOf(inputOf(context));
  let open: Sample[] = [];
  const close = async (all: Sample[][]) => {
    const first = shards.length;
    let from = shards.at(-1)?.[1] ?? 0;
    for (const { length } of all) shards.push([from, (from += length)]);
    await pMap(all, (samples, n) => writeJson(store, keys.listing(run, first + n), samples), {
      concurrency: WRITES_AT_ONCE,
    });
  };
  try {
    const list = (assembly: Assembly) => listAny(context, context.dataset(location), assembly);
    const listing = await list({
      spool: {
        put: (block, rows) => writeJson(store, keys.spool(run, block), rows),
        get: (block) => readJson<ListedRow[]>(store, keys.spool(run, block)),
        delete: (block) => store.delete(keys.spool(run, block)),
      },
      async take(samples) {
        const waiting = [...open, ...samples];
        const whole = Math.floor(waiting.length / most);
        await close(Array.from({ length: whole }, (_, n) => waiting.slice(n * most, (n + 1) * most)));
        open = waiting.slice(whole * most);
      },
    });
    if (open.length > 0) await close([open]);
    return { ...listing, shards };
  } catch (error) {
    throw named(error, name);
  }
}

/** Images a shard. A saved model takes them as large as they are; for all else they have been made smaller. */
function shardOf({ task, subject }: AuditInput): number {
  if (task !== "segmentation") return SHARD;
  if (subject.kind !== "model") return MASKED_SHARD;
  const { size } = readModelInput(subject);
  if (!size) return UNSIZED_SHARD;
  return Math.max(1, Math.min(SHARD, Math.floor(MASK_PIXELS / (size[0] * size[1]))));
}

/** Images with labels, or with masks: those are read here, once, and kept block by block. */
function listAny(context: StageContext, files: Files, assembly: Assembly): Promise<DatasetListing> {
  const { task, data } = inputOf(context);
  const request = requestOf(context);
  if (task !== "segmentation") return listDataset(files, request, assembly);
  const masks = { ...data.masks, path: data.masks?.path ?? data.path, classes: data.masks?.classes ?? data.classes };
  return listMasks(withoutPredictions(context, files), request, masks, assembly, (block, bytes) =>
    context.store.put(keys.givenMasks(context.run, block), bytes),
  );
}

/** The dataset without the folder of predicted masks, where that lies in it: those are no images. */
function withoutPredictions(context: StageContext, files: Files): Files {
  const { location, subject } = inputOf(context);
  if (subject.kind !== "predictions") return files;
  const whole = `${subject.location}/${subject.path}/`.replaceAll("\\", "/").replace(/\/+$/, "/");
  const above = `${location.replaceAll("\\", "/").replace(/\/+$/, "")}/`;
  if (!whole.startsWith(above)) return files;
  const folder = whole.slice(above.length);
  return {
    read: (key) => files.read(key),
    stream: (key) => files.stream(key),
    async *list(prefix) {
      for await (const each of files.list(prefix)) if (!each.key.startsWith(folder)) yield each;
    },
  };
}

function requestOf(context: StageContext): DatasetRequest {
  const {
    data: { masks: _, ...data },
    seed,
  } = inputOf(context);
  return { ...data, seed } as DatasetRequest;
}

export const readListing = (context: StageContext, shard: number): Promise<Sample[]> =>
  readJson(context.store, keys.listing(context.run, shard));

/** The dataset of the run as far as one shard goes: `samples` has the shard's in their places, and holes. */
export async function openShard(context: StageContext, listing: ShardedListing, shard: number): Promise<DatasetSource> {
  const samples: Sample[] = new Array(listing.shards.at(-1)![1]);
  const [from] = listing.shards[shard];
  for (const [i, sample] of (await readListing(context, shard)).entries()) samples[from + i] = sample;
  return openListed(context.dataset(inputOf(context).location), requestOf(context), listing, samples);
}

/** The whole dataset of the run, its samples there once they are read. */
export function openShards(context: StageContext, listing: ShardedListing): DatasetSource {
  const samples: Sample[] = new Array(listing.shards.at(-1)![1]);
  return {
    ...listing,
    samples,
    async *read(from, to) {
      for (const [shard, [start, end]] of listing.shards.entries()) {
        if (end <= from || start >= to) continue;
        const own = await openShard(context, listing, shard);
        for (let i = start; i < end; i++) samples[i] = own.samples[i];
        yield* own.read(Math.max(from, start), Math.min(to, end));
      }
    },
  };
}

/** What a dataset's folder is called within itself. */
const ITSELF = ".";

/** The error with the dataset's name for a user to whom "." says nothing. */
export function named(error: unknown, dataset: string): unknown {
  if (!(error instanceof InputError) || error.file !== ITSELF) return error;
  const { field, remedy, message, cause } = error;
  const problem = message.slice(`${field ? `${ITSELF}: ${field}` : ITSELF}: `.length, -remedy.length - 1);
  return new InputError({ file: dataset, field, problem, remedy, cause });
}
