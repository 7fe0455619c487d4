/** Measures an audit's rates on this machine: its own data through the real stages, as far as a few hundred images. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { armSteps } from "../../audit/lab.ts";
import { runJob } from "../../audit/run-job.ts";
import { decodePack } from "../../dataset/pack.ts";
import { openEngine } from "../../engine/open.ts";
import { InputError } from "../../errors.ts";
import { contextOf, encodeJson, requestKey } from "../../pipeline/plan.ts";
import type { Ports } from "../../pipeline/ports.ts";
import type { StageContext } from "../../pipeline/stage.ts";
import { type Intake, readIntake, trainingImages } from "../../pipeline/stages/collected.ts";
import { ingest } from "../../pipeline/stages/ingest.ts";
import type { AuditInput } from "../../pipeline/stages/input.ts";
import { intake } from "../../pipeline/stages/intake.ts";
import { keys } from "../../pipeline/stages/keys.ts";
import { openLocal } from "../local/open.ts";
import type { Rates } from "./estimate.ts";
import { localDataset } from "./local-dataset.ts";

const RUN = "estimate";
const HOOKS = { progress: () => {}, signal: new AbortController().signal };
/** The first steps are slower: what more steps take beyond fewer is what a step takes. */
const FEWER_STEPS = 2;
const MORE_STEPS = 10;

/** Fails with what is wrong with the dataset or its request, as the audit itself would. */
export async function measureRates(path: string): Promise<Rates> {
  const { files, input } = await localDataset(path);
  const uploaded = { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  const work = await mkdtemp(join(tmpdir(), "errata-estimate-"));
  try {
    const ports = openLocal({ folder: work, run: RUN });
    await ports.store.put(requestKey(RUN), encodeJson(input));
    return await measured(ports, input, uploaded);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function measured(ports: Ports, input: AuditInput, uploaded: { files: number; bytes: number }): Promise<Rates> {
  const context = await contextOf(ports, [], RUN, { stage: intake.name, round: 0 });
  const [engine, startSeconds] = await timed(() => openEngine(input.engine));
  const [, intakeSeconds] = await timed(() => intake.work(context, { id: "intake" }, HOOKS));
  const found = await readIntake(context);
  const [, ingestSeconds] = await timed(() => ingest.work(context, { id: "shard-0", shard: 0 }, HOOKS));
  const [from, to] = found.shards[0];
  const table = await ports.store.read(keys.table(RUN, 0));
  const pixels = await ports.store.read(keys.pixels(RUN, 0));
  const images = found.shards.at(-1)![1];
  const base = {
    ...uploaded,
    images,
    shards: found.shards.length,
    packedBytes: (table.length + pixels.length) / (to - from),
    effort: input.effort,
    engine: engine.name,
    intakeSeconds,
    startSeconds,
    ingestSecondsAnImage: ingestSeconds / (to - from),
  };
  if (!found.recipe) return { ...base, inferSecondsAnImage: base.ingestSecondsAnImage };
  return { ...base, ...(await trainingRates(context, found, { table, pixels })) };
}

async function trainingRates(
  context: StageContext,
  intake: Intake,
  { table, pixels }: { table: Uint8Array; pixels: Uint8Array },
): Promise<Pick<Rates, "training" | "inferSecondsAnImage">> {
  const { recipe, classes, shape } = intake;
  const engine = await openEngine(intake.engine.name);
  const usable = decodePack(table).filter(({ problem }) => problem === undefined);
  if (usable.length === 0 || !recipe) {
    const remedy = "Repair the images, then ask again.";
    throw new InputError({ file: context.run, problem: "None of the first images can be used.", remedy });
  }
  const rows = Int32Array.from(usable.keys());
  const job = (steps: number, predict: Int32Array) => ({
    name: "estimate",
    recipe,
    classes: classes.length,
    train: { rows, labels: rows.map((row) => usable[row].label) },
    seed: 1,
    steps,
    predict,
    watch: { rows: new Int32Array(0), labels: new Int32Array(0) },
    keepModel: false,
  });
  const one = rows.subarray(0, 1);
  const run = (steps: number, predict: Int32Array) =>
    timed(() => runJob(engine, job(steps, predict), { shape, values: pixels }));
  const [, few] = await run(FEWER_STEPS, one);
  const [, many] = await run(MORE_STEPS, one);
  const [, all] = await run(FEWER_STEPS, rows);
  const stepSeconds = Math.max(1e-6, (many - few) / (MORE_STEPS - FEWER_STEPS));
  const { batchSize } = recipe.fit;
  return {
    inferSecondsAnImage: Math.max(0, all - few) / Math.max(1, rows.length - 1),
    training: {
      imagesASecond: batchSize / stepSeconds,
      imagesARun: armSteps(trainingImages(intake), recipe) * batchSize,
    },
  };
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}
