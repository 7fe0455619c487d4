/** Pictures of masks from the shards: of any image, beside what a model or given predictions say of it. */
import { resizeMask } from "../../dataset/masks/resize.ts";
import type { PackRow } from "../../dataset/pack.ts";
import { openEngine } from "../../engine/open.ts";
import type { Predictor } from "../../model/types.ts";
import type { ShownMasks } from "../../report/schema.ts";
import type { Mask } from "../../stats/mask.ts";
import { splitErrors } from "../../stats/mask-errors.ts";
import { saidMask } from "../../stats/mask-row.ts";
import { usualTolerance } from "../../stats/segmentation.ts";
import type { StageContext } from "../stage.ts";
import { readIntake, readShardRows } from "./collected.ts";
import { inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { openPredictedMasks } from "./masks.ts";
import { openSubject } from "./subject.ts";

/** Masks of some images beside what a subject that is not trained here says of them. */
export async function shownGiven(
  context: StageContext,
  files: ReadonlySet<string>,
): Promise<Record<string, ShownMasks>> {
  const intake = await readIntake(context);
  if (intake.subject.kind !== "model")
    return shownBeside(context, files, (shard) => openPredictedMasks(context, intake, shard));
  const { trainedBy, engine } = inputOf(context);
  const model = await openSubject(context, await openEngine(trainedBy ? engine : intake.engine.name), intake);
  try {
    return await shownBy(context, files, model);
  } finally {
    model.dispose();
  }
}

/** Masks of some images, of the audit set or beyond it, beside what a model says of them. */
export const shownBy = (context: StageContext, files: ReadonlySet<string>, model: Predictor) =>
  shownBeside(context, files, (shard) => openPredictions(context, model, shard));

/** One shard and one prediction are held at a time; what is shown has the size of the report's pictures. */
async function shownBeside(
  context: StageContext,
  files: ReadonlySet<string>,
  open: (shard: number) => Promise<(row: PackRow, place: number) => Mask | Promise<Mask>>,
): Promise<Record<string, ShownMasks>> {
  const { shape, shards } = await readIntake(context);
  const { height, width } = shape;
  const tolerance = usualTolerance(height, width);
  const shown: Record<string, ShownMasks> = {};
  for (const shard of shards.keys()) {
    const rows = await readShardRows(context, shard);
    if (!rows.some(({ file }) => files.has(file))) continue;
    const masks = await context.store.read(keys.masks(context.run, shard));
    const predict = await open(shard);
    for (const [place, row] of rows.entries()) {
      if (!files.has(row.file)) continue;
      const values = masks.slice(place * height * width, (place + 1) * height * width);
      const truth: Mask = { values, height, width };
      const predicted = resizeMask(await predict(row, place), height, width);
      shown[row.file] = { truth, predicted, errors: splitErrors(truth, predicted, { tolerance }).map };
    }
  }
  return shown;
}

/** What a model says of a shard's images, at the size that it takes. */
async function openPredictions(
  context: StageContext,
  model: Predictor,
  shard: number,
): Promise<(row: PackRow, place: number) => Promise<Mask>> {
  const { height, width, channels } = model.shape;
  const size = height * width * channels;
  const pixels = await context.store.read(keys.pixels(context.run, shard));
  return async (_, place) => {
    const said = await model.predict(pixels.subarray(place * size, (place + 1) * size));
    return saidMask(said, { values: new Uint8Array(0), height, width }, model.classes);
  };
}
