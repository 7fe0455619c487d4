import { jobDigest } from "../../audit/job.ts";
import { pixelsOf } from "../../audit/run-job.ts";
import { argmax } from "../../causes/view.ts";
import { openEngine } from "../../engine/open.ts";
import { loadModel } from "../../model/load.ts";
import { perturbed } from "../../model/perturb.ts";
import type { Predictor } from "../../model/types.ts";
import { defineStage, once, type StageContext, type WorkHooks } from "../stage.ts";
import { baselineJobs, engineKey } from "./audit.ts";
import { collectPixels, inputsOf, perturbedRows, readIntake, shardRows, variantsOf, writeFloats } from "./collected.ts";
import { inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { hasResult, modelKey } from "./results.ts";
import { givenProbabilities, openSubject } from "./subject.ts";

/** Images that are predicted at once. */
const BATCH = 512;

/** Runs the baseline's first model, or the model that was given, over every shard: features, and a given model's probabilities. */
export const infer = defineStage("infer", {
  plan: once(async (context) => {
    const { recipe, shards } = await readIntake(context);
    if (recipe && !(await hasResult(context.store, await firstBaseline(context)))) return [];
    return shards.map((_, shard) => ({ id: `shard-${shard}`, shard }));
  }),

  async work(context, item, hooks) {
    const shard = item.shard as number;
    const { subject } = inputOf(context);
    const rows = await shardRows(context, shard);
    if (rows.length === 0) return;
    if (subject.kind === "predictions") {
      await writeFloats(context.store, keys.probabilities(context.run, shard), await givenProbabilities(context, rows));
      return;
    }
    const model = await openModel(context);
    const pixels = await collectPixels(context);
    const probabilities: Float32Array[] = [];
    const features: Float32Array[] = [];
    for (let at = 0; at < rows.length; at += BATCH) {
      hooks.signal.throwIfAborted();
      hooks.progress(`images ${at}/${rows.length}`);
      const block = pixelsOf(pixels, rows.subarray(at, at + BATCH));
      if (subject.kind === "model") probabilities.push(await model.predict(block));
      if (model.features) features.push((await model.features(block)).values);
    }
    if (probabilities.length > 0)
      await writeFloats(context.store, keys.probabilities(context.run, shard), joined(probabilities));
    if (features.length > 0) await writeFloats(context.store, keys.features(context.run, shard), joined(features));
    await inferPerturbed(context, shard, model, hooks);
  },
});

/** Classes and confidences of changed copies of some of the shard's test images. */
async function inferPerturbed(context: StageContext, shard: number, model: Predictor, hooks: WorkHooks): Promise<void> {
  const rows = await perturbedRows(context, shard);
  if (rows.length === 0) return;
  const intake = await readIntake(context);
  const { shape } = model;
  const pixels = pixelsOf(await collectPixels(context), rows);
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

async function firstBaseline(context: StageContext): Promise<string> {
  const { collected, jobs } = await baselineJobs(context);
  return jobDigest(jobs[0], collected.data.samples.hashes, engineKey(collected.intake));
}

/** One model a process and run. */
let opened: { run: string; model: Promise<Predictor> } | undefined;

function openModel(context: StageContext): Promise<Predictor> {
  if (opened?.run !== context.run) {
    const model = load(context);
    model.catch(() => (opened = undefined));
    opened = { run: context.run, model };
  }
  return opened.model;
}

async function load(context: StageContext): Promise<Predictor> {
  const intake = await readIntake(context);
  const engine = await openEngine(intake.engine.name);
  if (!intake.recipe) return openSubject(context, engine, intake);
  return loadModel(engine, await context.store.read(modelKey(await firstBaseline(context))));
}

function joined(blocks: Float32Array[]): Float32Array {
  const values = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    values.set(block, at);
    at += block.length;
  }
  return values;
}
