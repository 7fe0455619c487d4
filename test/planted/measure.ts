/** What a fix is worth on images that the audit never had, with seeds that it never used. */
import { EFFORTS, type Effort, observationOf } from "../../src/audit/effort.ts";
import { armSteps } from "../../src/audit/lab.ts";
import { predictMasks } from "../../src/audit/run-job.ts";
import { floorOf } from "../../src/causes/fit.ts";
import { argmax } from "../../src/causes/view.ts";
import type { Engine } from "../../src/engine/types.ts";
import { perturbed, type Variant } from "../../src/model/perturb.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import { train } from "../../src/model/train.ts";
import type { TrainedModel } from "../../src/model/types.ts";
import { deriveSeed, random } from "../../src/random.ts";
import type { Report } from "../../src/report/schema.ts";
import { maskError } from "../../src/stats/mask-row.ts";
import { pick, rowsOf, rowsOfClass } from "./alter.ts";
import { adviceOf, type Plan } from "./fix.ts";
import type { Remembered } from "./kept.ts";
import { guessedIou, isMasked, maskedImages } from "./masks.ts";
import { randomChange } from "./random-search.ts";
import type { Dataset, Setting } from "./types.ts";

export interface Measured {
  /** What was done, in words. */
  fix: string[];
  /** Error rates on the check images, one a fresh seed; of masks 1 - IoU, as in the audit. */
  baseline: number[];
  fixed: number[];
  /** Gain that `together` promised, and what was measured. Absent where nothing was promised. */
  promised?: { value: number; low: number; high: number };
  gain?: number;
  inside?: boolean;
  randomSearch?: { tried: number; best: string[]; errors: number[]; beaten: boolean };
}

/** Least number of random changes, where an audit made hardly any experiments. */
const FEWEST = 6;

/**
 * Applies the report's advice and measures it. The interval is of the audit's own quantity, the error rate on images like the
 * test images; dead seeds of the baseline are left out here as they are there.
 *
 * @param options.search whether random search is run beside it
 */
export async function measure(
  engine: Engine,
  setting: Setting,
  report: Report,
  reportFolder: string,
  {
    seed,
    search,
    remembered,
    onProgress,
  }: { seed: number; search: boolean; remembered: Remembered; onProgress(what: string): void },
): Promise<Measured> {
  const own: Plan = { rows: rowsOf(setting.data, "train"), recipe: setting.recipe, says: [] };
  const advised = await adviceOf(report, reportFolder, setting, seed);
  const effort = EFFORTS[report.run.effort];
  const seeds = Array.from({ length: effort.freshSeeds }, (_, k) => deriveSeed(seed, "check", k));
  const check = rowsOf(setting.data, "check");
  const errorOf = (plan: Plan, judged: number[], each: number) =>
    remembered([engine.name, engine.version, plan.rows, plan.recipe, plan.form, judged, own.rows.length, each], () =>
      errorRate(engine, setting.data, plan, judged, own.rows.length, each),
    );
  const errorsOf = async (plan: Plan) => {
    const errors: number[] = [];
    for (const each of seeds) errors.push(await errorOf(plan, check, each));
    return errors;
  };
  const result: Measured = { fix: advised.says, baseline: [], fixed: [] };
  const isFixed = advised.says.length > 0;
  if (!isFixed && !search) return result;
  onProgress("measuring the promise");
  result.baseline = await errorsOf(own);
  result.fixed = isFixed ? await errorsOf(advised) : result.baseline;
  if (report.together) {
    const { value, low, high } = report.together.promise;
    result.promised = { value, low, high };
    const dead = guessing(setting.data);
    // A promise over seeds that live is held against such.
    const more = value + report.together.errorRate.value < dead ? 2 * seeds.length : 0;
    const held = await alive(result.baseline, dead, more, (k) => errorOf(own, check, deriveSeed(seed, "living", k)));
    result.gain = mean(held) - mean(result.fixed);
    result.inside = result.gain >= low && result.gain <= high;
  }
  if (!search) return result;
  onProgress("searching at random");
  const tried = triesFor(report.cost, effort);
  const test = rowsOf(setting.data, "test");
  let best = { plan: own, error: await errorOf(own, test, seed) };
  for (let k = 0; k < tried; k++) {
    const plan = randomChange(setting, random(deriveSeed(seed, "random search", k)));
    const error = await errorOf(plan, test, seed);
    if (error < best.error) best = { plan, error };
  }
  const errors = best.plan === own ? result.baseline : await errorsOf(best.plan);
  result.randomSearch = {
    tried,
    best: best.plan.says,
    errors,
    beaten: isFixed && mean(result.fixed) < mean(errors),
  };
  return result;
}

/** As many random changes as the audit had experiments, those that an earlier audit had trained among them. */
export const triesFor = (cost: Report["cost"], effort: Effort): number =>
  Math.max(FEWEST, Math.ceil((runsOf(cost) - observationOf(effort)) / effort.freshSeeds));

/** Training runs that an audit asked for, wherever it had their results from. */
export const runsOf = ({ trainingRuns, fromCache }: Report["cost"]): number => trainingRuns + fromCache;

/** Trains a plan for as many steps as the subject's own images would take, and judges it. */
export async function errorRate(
  engine: Engine,
  data: Dataset,
  { rows, recipe, form }: Plan,
  judged: number[],
  images: number,
  seed: number,
): Promise<number> {
  const classes = data.classes.length;
  const task = isMasked(data) ? "segmentation" : "classification";
  const read = readRecipe(recipe, { file: "recipe.json", classes, imageShape: data.shape, task });
  const model = await train(engine, read, isMasked(data) ? maskedImages(data, rows) : labelledImages(data, rows), {
    seed,
    classes,
    steps: armSteps(images, read),
  });
  try {
    return mean(await (isMasked(data) ? maskErrors : labelErrors)(model, data, judged, form));
  } finally {
    model.dispose();
  }
}

function labelledImages(data: Dataset, rows: number[]) {
  const { shape, pixels, labels } = pick(data, rows);
  return { shape, pixels, labels: Int32Array.from(labels) };
}

/** 1 where the most probable class is not the label, 0 elsewhere. */
async function labelErrors(model: TrainedModel, data: Dataset, rows: number[], form?: Variant): Promise<number[]> {
  const { pixels, labels } = pick(data, rows);
  const probabilities = await model.predict(form ? perturbed(form, pixels, data.shape) : pixels);
  return Array.from(labels, (label, i) => Number(argmax(probabilities, i, data.classes.length) !== label));
}

/** 1 - IoU of each image, by the audit's own measure. */
async function maskErrors(model: TrainedModel, data: Dataset, rows: number[], form?: Variant): Promise<number[]> {
  const { shape, pixels, masks } = maskedImages(data, rows);
  const classes = data.classes.length;
  const every = Int32Array.from(rows, (_, i) => i);
  const kept = await predictMasks(
    model,
    { shape, values: form ? perturbed(form, pixels, shape) : pixels, masks },
    every,
    classes,
  );
  return Array.from(every, (i) => maskError(kept, i, classes));
}

/** Errors below `dead`; where none is, others are made until one is, `more` at most; all where none comes. */
export async function alive(
  errors: number[],
  dead: number,
  more: number,
  another: (k: number) => Promise<number>,
): Promise<number[]> {
  const all = [...errors];
  for (let k = 0; k < more && all.every((error) => error >= dead); k++) all.push(await another(k));
  const living = all.filter((error) => error < dead);
  return living.length > 0 ? living : all;
}

/** Error from which on a seed learnt nothing, as in the audit's proof. */
function guessing(data: Dataset): number {
  const rows = rowsOf(data, "train");
  const counts = data.classes.map((_, label) => rowsOfClass(data, label, "train").length);
  return 1 - floorOf(isMasked(data) ? guessedIou(data, rows) : Math.max(...counts) / rows.length);
}

export const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
