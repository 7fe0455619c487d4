/** Masks between stages: those given as truth, and those that somebody else's model predicted. One image's at a time is unpacked. */
import pMap from "p-map";
import { keepLast } from "../../dataset/keep-last.ts";
import { assertSizeOfGiven, findPredicted, lacksPrediction, predictedReader } from "../../dataset/masks/predicted.ts";
import { decodeMasks, encodeMasks, packMask } from "../../dataset/masks/stored.ts";
import { fileOf, tileOfMask } from "../../dataset/masks/tiles.ts";
import type { PackRow } from "../../dataset/pack.ts";
import type { Sample } from "../../dataset/types.ts";
import type { Mask } from "../../stats/mask.ts";
import { maskRowWidth, rowOfMask } from "../../stats/mask-row.ts";
import type { StageContext } from "../stage.ts";
import type { Intake } from "./collected.ts";
import { inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { readListing, type ShardedListing } from "./source.ts";

/** Predicted masks that are read at once. */
const READ_AT_ONCE = 4;

/** The masks of a shard's images as intake kept them, at their images' own size: those of a few blocks. */
export async function openGivenMasks(context: StageContext, samples: readonly Sample[]): Promise<(at: Sample) => Mask> {
  const blocks = new Map<number, (place: number) => Mask>();
  for (const { mask } of samples) {
    const [block] = mask!;
    if (!blocks.has(block))
      blocks.set(block, decodeMasks(await context.store.read(keys.givenMasks(context.run, block))));
  }
  return ({ mask }) => blocks.get(mask![0])!(mask![1]);
}

/**
 * Checks the predicted masks and keeps each shard's, packed, in the order of its listing.
 *
 * @throws InputError for an image without a prediction, and as `findPredicted`, `predictedReader` and `assertSizeOfGiven` do
 */
export async function writePredictedMasks(context: StageContext, { classes, shards }: ShardedListing): Promise<void> {
  const { subject, data } = inputOf(context);
  if (subject.kind !== "predictions") throw new Error("The subject is no predictions.");
  const files = context.dataset(subject.location);
  const find = await findPredicted(files, subject.path);
  let lacking = 0;
  let first: string | undefined;
  let last: string | undefined;
  for (const shard of shards.keys())
    for (const sample of await readListing(context, shard)) {
      const file = fileOf(sample);
      if (file === last || find(file) !== undefined) continue;
      last = file;
      first ??= file;
      lacking++;
    }
  if (first !== undefined) throw lacksPrediction(first, subject.path, lacking - 1);
  const read = keepLast(predictedReader(files, classes, data.masks ?? {}));
  for (const shard of shards.keys()) {
    const samples = await readListing(context, shard);
    const given = await openGivenMasks(context, samples);
    const packed = await pMap(
      samples,
      async (sample) => {
        const file = fileOf(sample);
        const key = find(file)!;
        const whole = await read(key);
        assertSizeOfGiven(whole, sample.tile?.image ?? given(sample), key, file);
        const mask = tileOfMask(whole, sample.tile);
        return { height: mask.height, width: mask.width, packed: packMask(mask) };
      },
      { concurrency: READ_AT_ONCE },
    );
    await context.store.put(keys.predicted(context.run, shard), encodeMasks(packed));
  }
}

/** The predicted masks of a shard's usable rows, at their images' own size. */
export async function openPredictedMasks(
  context: StageContext,
  { shards }: Intake,
  shard: number,
): Promise<(row: PackRow) => Mask> {
  const [from] = shards[shard];
  const predicted = decodeMasks(await context.store.read(keys.predicted(context.run, shard)));
  return ({ index }) => predicted(index - from);
}

/** What is kept of a shard's predicted masks, [wanted rows, maskRowWidth]: given and predicted are compared at the image's own size. */
export async function predictedMaskRows(
  context: StageContext,
  intake: Intake,
  shard: number,
  wanted: readonly PackRow[],
  signal: AbortSignal,
): Promise<Float32Array> {
  if (wanted.length === 0) return new Float32Array(0);
  const classes = intake.classes.length;
  const samples = await readListing(context, shard);
  const given = await openGivenMasks(context, samples);
  const predicted = await openPredictedMasks(context, intake, shard);
  const kept = new Float32Array(wanted.length * maskRowWidth(classes));
  wanted.forEach((row, i) => {
    signal.throwIfAborted();
    const truth = given(samples[row.index - intake.shards[shard][0]]);
    kept.set(rowOfMask(predicted(row), truth, classes, intake.shape), i * maskRowWidth(classes));
  });
  return kept;
}
