import pMap from "p-map";
import { openDataset, openListed, recognise } from "../../dataset/open.ts";
import type { DatasetFormat, DatasetRequest, DatasetSource, Sample } from "../../dataset/types.ts";
import { InputError } from "../../errors.ts";
import type { StageContext } from "../stage.ts";
import { type Intake, readJson, writeJson } from "./collected.ts";
import { inputOf } from "./input.ts";
import { keys } from "./keys.ts";

/** One dataset a process: listing it is the cost of opening it. */
let opened: { run: string; source: Promise<DatasetSource> } | undefined;

/** The dataset of the run, listed. */
export function openSource(context: StageContext): Promise<DatasetSource> {
  if (opened?.run !== context.run) {
    const { data, seed, location, name } = inputOf(context);
    const source = openDataset(context.dataset(location), { ...data, seed } as DatasetRequest).catch((error) => {
      throw named(error, name);
    });
    source.catch(() => (opened = undefined));
    opened = { run: context.run, source };
  }
  return opened.source;
}

interface ShardListing {
  format: DatasetFormat;
  /** Of the data within the dataset: the file, where the format is one. */
  path: string;
  samples: Sample[];
}

/** How many shards' listings are written at once. */
const WRITES_AT_ONCE = 16;

/** Keeps the samples of each shard, so that no shard has to list the whole dataset again. */
export async function writeListings(
  context: StageContext,
  { format, samples }: DatasetSource,
  shards: readonly [number, number][],
): Promise<void> {
  const { data, seed, location } = inputOf(context);
  const { path } = await recognise(context.dataset(location), { ...data, seed, format } as DatasetRequest);
  const write = ([from, to]: readonly [number, number], shard: number) => {
    const listing: ShardListing = { format, path, samples: samples.slice(from, to) };
    return writeJson(context.store, keys.listing(context.run, shard), listing);
  };
  await pMap(shards, write, { concurrency: WRITES_AT_ONCE });
}

/** The dataset of the run as far as one shard goes: `samples` has the shard's in their places, and holes. */
export async function openShard(context: StageContext, intake: Intake, shard: number): Promise<DatasetSource> {
  const { data, seed, location } = inputOf(context);
  const [from] = intake.shards[shard];
  const listing = await readJson<ShardListing>(context.store, keys.listing(context.run, shard));
  const samples: Sample[] = new Array(intake.shards.at(-1)![1]);
  for (const [i, sample] of listing.samples.entries()) samples[from + i] = sample;
  const { format, path } = listing;
  const request = { ...data, path, format, seed } as DatasetRequest;
  return openListed(context.dataset(location), request, { ...intake, format, samples });
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
