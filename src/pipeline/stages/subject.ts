import type { PackRow } from "../../dataset/pack.ts";
import { readPredictions } from "../../dataset/predictions.ts";
import type { ImageShape } from "../../dataset/types.ts";
import type { Engine } from "../../engine/types.ts";
import { openModel } from "../../model/open-model.ts";
import type { Predictor } from "../../model/types.ts";
import type { StageContext } from "../stage.ts";
import { type Intake, readFloats, readIntake, writeFloats } from "./collected.ts";
import { type AuditInput, inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { readModelInput } from "./model-input.ts";
import { readListing, type ShardedListing } from "./source.ts";

/** Subjects that are not trained here: a saved model, or predictions. */

/** The shape that images are brought to for a saved model: what errata.json says, or their own. */
export function shapeOfSubject(input: AuditInput, natural: ImageShape): ImageShape {
  const { size, channels } = readModelInput(input.subject);
  return {
    height: size?.[0] ?? natural.height,
    width: size?.[1] ?? natural.width,
    channels: channels ?? natural.channels,
  };
}

/** The saved model that is audited; `otherInput` in place of what errata.json says of its input. */
export function openSubject(
  context: StageContext,
  engine: Engine,
  { classes, shape }: Pick<Intake, "classes" | "shape">,
  otherInput: object = {},
): Promise<Predictor> {
  const input = inputOf(context);
  if (input.subject.kind !== "model") throw new Error("The subject is no saved model.");
  return openModel(engine, context.dataset(input.subject.location), input.subject.path, {
    classes: classes.length,
    imageShape: shape,
    input: { ...readModelInput(input.subject), ...otherInput },
    masks: input.task === "segmentation",
  });
}

/** Checks the predictions that were given and keeps each shard's: [listed images, classes]. */
export async function writeGiven(context: StageContext, { classes, shards }: ShardedListing): Promise<void> {
  const { subject } = inputOf(context);
  if (subject.kind !== "predictions") throw new Error("The subject is no predictions.");
  const images: string[] = [];
  for (const shard of shards.keys()) for (const { file } of await readListing(context, shard)) images.push(file);
  const values = await readPredictions(context.dataset(subject.location), subject.path, { classes, images });
  for (const [shard, [from, to]] of shards.entries()) {
    const own = values.subarray(from * classes.length, to * classes.length);
    await writeFloats(context.store, keys.given(context.run, shard), own);
  }
}

/** The given probabilities of a shard's usable rows. */
export async function givenProbabilities(
  context: StageContext,
  shard: number,
  wanted: readonly PackRow[],
): Promise<Float32Array> {
  const intake = await readIntake(context);
  const classes = intake.classes.length;
  const [from] = intake.shards[shard];
  const values = await readFloats(context.store, keys.given(context.run, shard));
  const picked = new Float32Array(wanted.length * classes);
  wanted.forEach(
    ({ index }, i) =>
      void picked.set(values.subarray((index - from) * classes, (index - from + 1) * classes), i * classes),
  );
  return picked;
}
