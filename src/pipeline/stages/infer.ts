import { pixelsOf, predictMasks } from "../../audit/run-job.ts";
import { argmax } from "../../causes/view.ts";
import type { PackRow } from "../../dataset/pack.ts";
import { openEngine } from "../../engine/open.ts";
import { loadModel } from "../../model/load.ts";
import { perturbed } from "../../model/perturb.ts";
import { imagesAtOnce } from "../../model/predict.ts";
import type { Predictor } from "../../model/types.ts";
import { defineStage, once, type StageContext, type WorkHooks } from "../stage.ts";
import { usualBaseline } from "./audit.ts";
import { blocksAt, collect, joined, readIntake, readJson, readShardRows, writeFloats, writeJson } from "./collected.ts";
import { inputsOf, perturbedRows, variantsOf } from "./inferred.ts";
import { inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { predictedMaskRows } from "./masks.ts";
import { modelKey } from "./results.ts";
import { givenProbabilities, openSubject } from "./subject.ts";

/** Images that are predicted at once. */
const BATCH = 512;
/** The same of networks of masks, whose features are as large as images. */
const MASK_BATCH = 8;

/**
 * Runs the baseline's usual model, or the model that was given, over every shard: features of the audit set, what a given model
 * predicts of it, and what is predicted of the images beyond it. That is probabilities, and of masks the rows that are kept of them.
 */
export const infer = defineStage("infer", {
  plan: once(async (context) => {
    const { recipe, shards } = await readIntake(context);
    const baseline = recipe ? await usualBaseline(context) : undefined;
    if (recipe && !baseline) return [];
    if (inputOf(context).subject.kind !== "predictions")
      await writeJson(context.store, keys.perturbedPlaces(context.run), await perturbedPlaces(context));
    return shards.map((_, shard) => ({ id: `shard-${shard}`, shard, ...(baseline ? { baseline } : {}) }));
  }),

  async work(context, item, hooks) {
    const shard = item.shard as number;
    const { subject } = inputOf(context);
    const rows = await readShardRows(context, shard);
    if (rows.length === 0) return;
    const write = async (key: typeof keys.beyond, values: Float32Array) => {
      if (values.length > 0) await writeFloats(context.store, key(context.run, shard), values);
    };
    const audited = rows.filter(({ beyond }) => !beyond);
    const beyond = rows.filter((row) => row.beyond);
    const intake = await readIntake(context);
    const { shape, task, classes } = intake;
    if (subject.kind === "predictions" && task) {
      const rowsOf = (wanted: PackRow[]) => predictedMaskRows(context, intake, shard, wanted, hooks.signal);
      hooks.progress(`predicted masks ${rows.length}`);
      await write(keys.probabilities, await rowsOf(audited));
      await write(keys.beyond, await rowsOf(beyond));
      return;
    }
    if (subject.kind === "predictions") {
      await write(keys.probabilities, await givenProbabilities(context, shard, audited));
      await write(keys.beyond, await givenProbabilities(context, shard, beyond));
      return;
    }
    // The shard's own pack and nothing else: memory does not grow with the dataset.
    const { height, width, channels } = shape;
    const size = height * width * channels;
    const all = await context.store.read(keys.pixels(context.run, shard));
    const at = (inSet: boolean) => Int32Array.from(rows.keys()).filter((place) => !rows[place].beyond === inSet);
    const model = await openModel(context, item.baseline as string | undefined);
    const probabilities: Float32Array[] = [];
    const features: Float32Array[] = [];
    if (task) {
      const rowsOf = async (places: Int32Array) => {
        if (places.length === 0) return new Float32Array(0);
        hooks.progress(`masks of ${places.length} images`);
        const given = { shape, values: all, masks: await context.store.read(keys.masks(context.run, shard)) };
        return predictMasks(model, given, places, classes.length, hooks.signal);
      };
      if (subject.kind === "model") await write(keys.probabilities, await rowsOf(at(true)));
      await write(keys.beyond, await rowsOf(at(false)));
      if (model.features)
        for (const block of blocksOf(blocksAt(all, size, at(true)), size, hooks, imagesAtOnce(shape, MASK_BATCH)))
          features.push(await pooledFeatures(model, block));
      await write(keys.features, joined(features));
      return;
    }
    const pixels = blocksAt(all, size, at(true));
    for (const block of blocksOf(pixels, size, hooks)) {
      if (subject.kind === "model") probabilities.push(await model.predict(block));
      if (model.features) features.push((await model.features(block)).values);
    }
    await write(keys.probabilities, joined(probabilities));
    await write(keys.features, joined(features));
    const others: Float32Array[] = [];
    for (const block of blocksOf(blocksAt(all, size, at(false)), size, hooks)) others.push(await model.predict(block));
    await write(keys.beyond, joined(others));
    await inferPerturbed(context, shard, model, pixels, hooks);
  },
});

/** Images in batches, with progress. */
function* blocksOf(pixels: Uint8Array, size: number, hooks: WorkHooks, batch = BATCH): Generator<Uint8Array> {
  for (let at = 0; at < pixels.length; at += batch * size) {
    hooks.signal.throwIfAborted();
    hooks.progress(`images ${at / size}/${pixels.length / size}`);
    yield pixels.subarray(at, at + batch * size);
  }
}

/** What the network sees before its last layer, averaged over the image where it is kept for each pixel: [images, features]. */
async function pooledFeatures(model: Predictor, pixels: Uint8Array): Promise<Float32Array> {
  const { values, width: each } = await model.features!(pixels);
  const area = model.shape.height * model.shape.width;
  if (each % area !== 0 || each === area) return values;
  const width = each / area;
  const pooled = new Float32Array((values.length / each) * width);
  for (let i = 0; i < values.length; i++) pooled[Math.floor(i / each) * width + (i % width)] += values[i] / area;
  return pooled;
}

/** Places among each shard's rows of the audit set of the test images whose changed copies are predicted. */
async function perturbedPlaces(context: StageContext): Promise<number[][]> {
  const { shards, intake } = await collect(context);
  if (intake.task) return shards.map(() => []);
  return (await perturbedRows(context)).map((rows, shard) => Array.from(rows, (row) => row - shards[shard].first));
}

/** Classes and confidences of changed copies of some of the shard's test images. */
async function inferPerturbed(
  context: StageContext,
  shard: number,
  model: Predictor,
  values: Uint8Array,
  hooks: WorkHooks,
): Promise<void> {
  const rows = (await readJson<number[][]>(context.store, keys.perturbedPlaces(context.run)))[shard];
  if (rows.length === 0) return;
  const intake = await readIntake(context);
  const { shape } = model;
  const pixels = pixelsOf({ shape: intake.shape, values }, Int32Array.from(rows));
  const variants = variantsOf(intake);
  const answers = new Float32Array(rows.length * variants.length * 2);
  const inputs = inputsOf(shape.channels);
  for (const [v, variant] of variants.entries()) {
    hooks.signal.throwIfAborted();
    hooks.progress(`changed copies, ${variant.id}`);
    const other = inputs.find(({ id }) => id === variant.id);
    const values = other
      ? await predictOnce(await openSubject(context, await openEngine(intake.engine.name), intake, other.input), pixels)
      : await model.predict(perturbed(variant, pixels, shape));
    const classes = values.length / rows.length;
    rows.forEach((_, i) => {
      const best = argmax(values, i, classes);
      answers.set([best, best < 0 ? 0 : values[i * classes + best]], (i * variants.length + v) * 2);
    });
  }
  await writeFloats(context.store, keys.perturbed(context.run, shard), answers);
}

async function predictOnce(model: Predictor, pixels: Uint8Array): Promise<Float32Array> {
  try {
    return await model.predict(pixels);
  } finally {
    model.dispose();
  }
}

/** One model a process and run. */
let opened: { run: string; model: Promise<Predictor> } | undefined;

function openModel(context: StageContext, baseline: string | undefined): Promise<Predictor> {
  if (opened?.run !== context.run) {
    const model = load(context, baseline);
    model.catch(() => (opened = undefined));
    opened = { run: context.run, model };
  }
  return opened.model;
}

async function load(context: StageContext, baseline: string | undefined): Promise<Predictor> {
  const intake = await readIntake(context);
  // What a GPU worker trained is opened on the engine that there is here.
  const { trainedBy, engine: asked } = inputOf(context);
  const engine = await openEngine(trainedBy ? asked : intake.engine.name);
  if (baseline === undefined) return openSubject(context, engine, intake);
  return loadModel(engine, await context.store.read(modelKey(baseline)));
}
