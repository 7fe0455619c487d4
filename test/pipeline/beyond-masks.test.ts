/** Masks of images beyond the audit set, from the user's files to what is said of them, through the real stages. */
import sharp from "sharp";
import { expect, test } from "vitest";
import { jobDigest } from "../../src/audit/job.ts";
import type { View } from "../../src/causes/view.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import { train } from "../../src/model/train.ts";
import { contextOf, encodeJson, requestKey } from "../../src/pipeline/plan.ts";
import type { StageContext } from "../../src/pipeline/stage.ts";
import { engineKey, observation } from "../../src/pipeline/stages/audit.ts";
import { judgeBeyond } from "../../src/pipeline/stages/beyond.ts";
import { collect, readIntake, readShardRows } from "../../src/pipeline/stages/collected.ts";
import { infer } from "../../src/pipeline/stages/infer.ts";
import { ingest } from "../../src/pipeline/stages/ingest.ts";
import { intake } from "../../src/pipeline/stages/intake.ts";
import { reportKey } from "../../src/pipeline/stages/keys.ts";
import { report } from "../../src/pipeline/stages/report.ts";
import { writeResult } from "../../src/pipeline/stages/results.ts";
import { shownMasks } from "../../src/pipeline/stages/segmentation.ts";
import { type Report, reportSchema } from "../../src/report/schema.ts";
import { beyondAudit } from "../../src/report/words.ts";
import type { Mask } from "../../src/stats/mask.ts";
import { scoreAgainstMask } from "../../src/stats/mask-label-score.ts";
import { memoryFiles } from "../dataset/fixtures.ts";
import { openTested, TESTED } from "../support/engine.ts";
import { savedFiles } from "../support/saved-model.ts";
import { makeWorld } from "./memory.ts";

const SIDE = 16;
const AREA = SIDE * SIDE;
const CLASSES = ["background", "bolt"];
/** More than a shard holds. Some 200 of them are audited. */
const IMAGES = 560;
const LIMIT = 100;
const TIMEOUT = 120_000;
const hooks = { progress: () => {}, signal: new AbortController().signal };

/** The second of two bolts is missing in the mask. */
const isWrong = (i: number) => i % 13 === 3;
/** The mask is right, but there is a speck that models take for a bolt: less speaks against it than against a wrong one. */
const isHard = (i: number) => !isWrong(i) && i % 17 === 5;

function masked(squares: [top: number, left: number, height: number, width: number][]): Mask {
  const values = new Uint8Array(AREA);
  for (const [top, left, height, width] of squares)
    for (let y = top; y < top + height; y++) values.fill(1, y * SIDE + left, y * SIDE + left + width);
  return { values, height: SIDE, width: SIDE };
}
const bolts = (i: number): [[number, number, number, number], [number, number, number, number]] => [
  [1 + (i % 3), 1 + (i % 2), 4, 4],
  [9 + (i % 3), 10 + (i % 2), 4, 4],
];
const given = (i: number): Mask => masked(isWrong(i) ? bolts(i).slice(0, 1) : bolts(i));
const seen = (i: number): Mask => masked(isHard(i) ? [...bolts(i), [2, 13, 1, 2]] : bolts(i));
const picture = (i: number): Uint8Array => seen(i).values.map((k, at) => 180 * k + ((at * 7919 + i * 104_729) % 41));
const fileOf = (i: number) => `images/${String(i).padStart(3, "0")}.png`;
const numberOf = (file: string) => Number(/(\d+)\.png$/.exec(file)![1]);

const png = (values: Uint8Array) =>
  sharp(values, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();

async function dataset(predicted?: (i: number) => Mask): Promise<Record<string, Uint8Array>> {
  const content: Record<string, Uint8Array> = {};
  for (let i = 0; i < IMAGES; i++) {
    const name = fileOf(i).replace("images/", "");
    content[`images/${name}`] = await png(picture(i));
    content[`masks/${name}`] = await png(given(i).values);
    if (predicted) content[`predicted/${name}`] = await png(predicted(i).values);
  }
  return content;
}

/** A network that takes what is bright for a bolt, as TensorFlow.js saves it. */
async function brightness(): Promise<Record<string, Uint8Array>> {
  const { tf, layers } = await openTested();
  const inputShape = [SIDE, SIDE, 1];
  const net = layers.sequential({
    layers: [layers.layers.conv2d({ inputShape, filters: 2, kernelSize: 1, activation: "softmax" })],
  });
  net.setWeights([tf.tensor4d([0, 100], [1, 1, 1, 2]), tf.tensor1d([0, -50])]);
  const files = await savedFiles(net);
  net.dispose();
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`model/${name}`, bytes]));
}

/** The same, learnt, as the audit keeps the first baseline's model. */
async function trained(): Promise<Uint8Array> {
  const recipe = readRecipe(
    {
      architecture: [{ conv2d: { filters: "classes", kernelSize: 1, activation: "softmax" } }],
      compile: { optimizer: { name: "adam", learningRate: 0.3 } },
      fit: { epochs: 60, batchSize: 8 },
    },
    { file: "r", classes: 2, imageShape: { height: SIDE, width: SIDE, channels: 1 }, task: "segmentation" },
  );
  const images = Array.from({ length: 16 }, (_, i) => 1000 + i);
  const together = (of: (i: number) => Uint8Array) => Uint8Array.from(images.flatMap((i) => [...of(i)]));
  const shape = { height: SIDE, width: SIDE, channels: 1 as const };
  const data = { shape, pixels: together(picture), masks: together((i) => seen(i).values) };
  const model = await train(await openTested(), recipe, data, { seed: 1, classes: 2 });
  const bytes = await model.save();
  model.dispose();
  return bytes;
}

const SUBJECTS = {
  predictions: { kind: "predictions", location: "data", path: "predicted" },
  model: { kind: "model", location: "data", path: "model", input: { size: [SIDE, SIDE] } },
  recipe: { kind: "default" },
};
type Kind = keyof typeof SUBJECTS;

/** Intake, ingest and infer, with the baseline's model of a recipe as if it had been trained before. */
async function inferred(run: string, kind: Kind, predicted = seen): Promise<StageContext> {
  const data = await dataset(kind === "predictions" ? predicted : undefined);
  const files = memoryFiles({ ...data, ...(kind === "model" ? await brightness() : {}) });
  const ports = { ...makeWorld(), dataset: () => files };
  const input = {
    ...{
      name: "bolts",
      location: "data",
      task: "segmentation",
      effort: "quick",
      seed: 7,
      engine: TESTED,
      startedAt: 0,
    },
    data: { path: ".", classes: CLASSES, limit: LIMIT },
    subject: SUBJECTS[kind],
  };
  await ports.store.put(requestKey(run), encodeJson(input));
  const context = await contextOf(ports, [], run, { stage: "intake", round: 0 });
  await intake.work(context, { id: "intake" }, hooks);
  const shards = await ingest.plan(context, 0);
  expect(shards.length).toBeGreaterThan(1);
  for (const item of shards) await ingest.work(context, item, hooks);
  if (kind === "recipe") {
    const result = { curve: [], diverged: false, parameters: 0, steps: 0, probabilities: new Float32Array(0) };
    const { collected, baselines } = await observation(context);
    const first = jobDigest(baselines[0], collected.data.samples.hashes, engineKey(collected.intake));
    await writeResult(context.store, first, result, await trained());
  }
  for (const item of await infer.plan(context, 0)) await infer.work(context, item, hooks);
  return context;
}

/** Images beyond the audit set that may be judged. */
async function others(context: StageContext, kind: Kind): Promise<number[]> {
  const rows = [];
  for (const shard of (await readIntake(context)).shards.keys()) rows.push(...(await readShardRows(context, shard)));
  // Of a saved model nobody knows what it was trained on.
  return rows
    .filter(({ beyond, split }) => beyond && (kind !== "model" || split === "test"))
    .map(({ file }) => numberOf(file));
}

test.each<Kind>(["predictions", "model", "recipe"])(
  "wrong masks beyond the audit set are listed first, by the measure of those in it (%s)",
  async (kind) => {
    const context = await inferred(`worst-${kind}`, kind);
    const judged = await others(context, kind);
    const wrong = judged.filter(isWrong);
    const hard = judged.filter(isHard);
    expect(wrong.length).toBeGreaterThan(2);
    expect(hard.length).toBeGreaterThan(0);

    const found = (await judgeBeyond(context, await collect(context)))!;
    expect(found.images).toBe((await others(context, "predictions")).length);
    expect(found).toMatchObject({ judged: judged.length, suspect: wrong.length + hard.length });
    const listed = found.worst.map(({ file }) => numberOf(file));
    expect(listed.slice(0, wrong.length).sort((a, b) => a - b)).toEqual(wrong);
    expect(listed.slice(wrong.length).sort((a, b) => a - b)).toEqual(hard);
    for (const row of found.worst) {
      const i = numberOf(row.file);
      const [top, left, height, width] = bolts(i)[1];
      const { score } = scoreAgainstMask(seen(i), given(i), CLASSES.length);
      // A sure model speaks nearly as a mask does.
      expect(row.label_score).toBeCloseTo(score, kind === "predictions" ? 6 : 1);
      expect(row).toMatchObject({ is_label_issue: true, given_label: "background", predicted_label: "bolt" });
      if (isWrong(i)) expect(row.region).toBe([top, left, top + height, left + width].join());
    }
  },
  TIMEOUT,
);

test(
  "a doubted mask beyond the audit set is shown beside what the recipe's model says, which had not seen it",
  async () => {
    const context = await inferred("shown", "recipe");
    const beyond = (await others(context, "recipe")).find(isWrong)!;
    const { data } = await collect(context);
    const [trainedOn, tested] = [data.train[0], data.test[0]].map((row) => numberOf(data.samples.files[row]));
    const files = new Set([beyond, trainedOn, tested].map(fileOf));
    const shown = await shownMasks(context, data as unknown as View, files);
    for (const i of [beyond, trainedOn, tested]) expect(shown[fileOf(i)].truth).toEqual(given(i));
    for (const i of [beyond, tested]) expect(shown[fileOf(i)].predicted).toEqual(seen(i));
    expect(shown[fileOf(trainedOn)].predicted).toBeUndefined();
  },
  TIMEOUT,
);

test(
  "a report counts the masks that were judged beyond the audit set, and lists the suspects with the audited ones",
  async () => {
    const context = await inferred("report", "predictions");
    await report.work(context, { id: "report" }, hooks);
    const read = async (name: string) =>
      new TextDecoder().decode(await context.store.read(`${reportKey("bolts", "report")}/${name}`));

    const judged = await others(context, "predictions");
    const suspect = judged.filter((i) => isWrong(i) || isHard(i)).length;
    const { dataset } = reportSchema.parse(JSON.parse(await read("report.json")));
    expect(dataset.beyond).toEqual({ images: judged.length, judged: judged.length, suspect });
    const [, ...rows] = (await read("label_issues.csv")).trim().split("\n");
    const worst = rows.slice(0, judged.filter(isWrong).length).map((row) => numberOf(row.split(",")[0]));
    expect(worst.every(isWrong)).toBe(true);
    expect(worst.some((i) => judged.includes(i))).toBe(true);
    expect(worst.every((i) => judged.includes(i))).toBe(false);

    for (const name of ["index.html", "summary.md"]) {
      const text = await read(name);
      expect(text).toContain(`The masks of ${judged.length} of them were judged by a model that had not seen them`);
      expect(text).toContain(`${suspect} are suspect`);
    }
  },
  TIMEOUT,
);

test(
  "where over a quarter of the masks beyond the audit set are contradicted it is the model that is wrong: none counts as judged",
  async () => {
    const context = await inferred("wrong-model", "predictions", (i) => masked(bolts(i).slice(0, (i % 3) + 1)));
    const found = (await judgeBeyond(context, await collect(context)))!;
    expect(found).toMatchObject({ judged: 0, suspect: 0, worst: [] });
    const dataset = { task: "segmentation", images: 1, beyond: found };
    expect(beyondAudit({ dataset } as unknown as Report)).toContain("Their masks could not be judged: no model");
  },
  TIMEOUT,
);
