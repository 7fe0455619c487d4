/** Does what a report advises, from nothing but the report and its tables. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { type Variant, variantsFor } from "../../src/model/perturb.ts";
import { deriveSeed, random } from "../../src/random.ts";
import type { Finding, Report } from "../../src/report/schema.ts";
import { rowOf } from "./place.ts";
import type { Dataset, RecipeFile, Setting } from "./types.ts";

/** What is trained: rows of the dataset in order, and a recipe. */
export interface Plan {
  rows: number[];
  recipe: RecipeFile;
  /** What brings images to be judged into the form that training images have. */
  form?: Variant;
  /** For people: what was done. */
  says: string[];
}

/**
 * Applies every remedy that training proved: changed lines of the recipe are written into it; training images that a remedy
 * names are left out; held-out images that training lacks are moved there, half of the slice as in the audit's own experiment
 * (the others stand for the images that the user keeps for testing). Where none was proved so, what the report knows without
 * training is done in the same way, as its reader would: doubted labels, images in another form than training's. Where all that
 * was proved is that more images help, half of the held-out ones are moved to training, which stands for collecting as many.
 */
export async function adviceOf(
  report: Report,
  reportFolder: string,
  { data, recipe }: Setting,
  seed: number,
): Promise<Plan> {
  const plan: Plan = {
    rows: [...data.labels.keys()].filter((row) => data.parts[row] === "train"),
    recipe,
    says: [],
  };
  const proved = report.causes.filter(
    ({ verdict, experiment }) => verdict === "confirmed" && experiment && !experiment.takesAway,
  );
  const known = report.causes.filter(
    ({ verdict, experiment }) => verdict === "present" || (verdict === "confirmed" && !experiment),
  );
  for (const finding of proved.length > 0 ? proved : known) {
    if (finding.remedy.change !== undefined) {
      const change = inOrder(finding.remedy.change, report.dataset.classes, data.classes);
      plan.recipe = merged(plan.recipe, change) as RecipeFile;
      plan.says.push(`${finding.cause}: ${JSON.stringify(finding.remedy.change)}`);
    } else if (finding.cause === "preprocessing-mismatch") applyForm(plan, finding, data);
    else if (proved.length > 0 || (await namesTraining(finding, reportFolder, data)))
      await applyFiles(plan, finding, reportFolder, { data, recipe }, seed);
  }
  if (plan.says.length === 0) collectMore(plan, report, data, seed);
  return plan;
}

function collectMore(plan: Plan, { causes }: Report, { parts }: Dataset, seed: number): void {
  const lacks = causes.find(({ verdict, experiment }) => verdict === "confirmed" && experiment?.takesAway);
  if (!lacks) return;
  const heldOut = [...parts.keys()].filter((row) => parts[row] === "test");
  addSome(plan, lacks, heldOut, Math.round(heldOut.length / 2), seed);
}

function addSome(plan: Plan, { cause }: Finding, heldOut: number[], count: number, seed: number): void {
  plan.rows.push(...random(deriveSeed(seed, "advice")).sample(heldOut, count));
  plan.says.push(`${cause}: ${count} images added`);
}

/** Weights of classes in the order of the classes here: a report lists them in its own. */
function inOrder(change: unknown, theirs: string[], ours: string[]): unknown {
  if (!isObject(change) || !isObject(change.fit) || !Array.isArray(change.fit.classWeight)) return change;
  const weights = change.fit.classWeight;
  return { ...change, fit: { ...change.fit, classWeight: ours.map((name) => weights[theirs.indexOf(name)]) } };
}

/** The form is named where the report says what it saw. */
function applyForm(plan: Plan, { cause, says }: Finding, { shape }: Dataset): void {
  const form = variantsFor(shape).find(({ id, kind }) => kind === "input" && says.includes(id));
  if (form === undefined) return;
  plan.form = form;
  plan.says.push(`${cause}: images to be judged ${form.id}`);
}

async function applyFiles(
  plan: Plan,
  finding: Finding,
  folder: string,
  { data }: Setting,
  seed: number,
): Promise<void> {
  const named = await rowsNamed(finding, folder);
  const training = new Set(named.filter((row) => data.parts[row] === "train"));
  const heldOut = named.filter((row) => data.parts[row] === "test");
  if (training.size > 0) {
    plan.rows = plan.rows.filter((row) => !training.has(row));
    plan.says.push(`${finding.cause}: ${training.size} images left out`);
  } else if (heldOut.length > 0) {
    addSome(plan, finding, heldOut, Math.min(heldOut.length, Math.round(finding.images / 2)), seed);
  } else plan.says.push(`${finding.cause}: its remedy names no change and no files`);
}

/** A remedy lists so many files at most; of wrong labels the table has them all. */
async function rowsNamed({ remedy: { files = [] }, images, table }: Finding, folder: string): Promise<number[]> {
  return files.length >= images || table !== "label_issues" ? files.map(rowOf) : flagged(folder);
}

const namesTraining = async (finding: Finding, folder: string, { parts }: Dataset): Promise<boolean> =>
  (await rowsNamed(finding, folder)).some((row) => parts[row] === "train");

/** Training images whose labels the report calls wrong. */
async function flagged(folder: string): Promise<number[]> {
  const table: Record<string, string>[] = parse(await readFile(join(folder, "label_issues.csv")), { columns: true });
  return table
    .filter(({ is_label_issue, split }) => is_label_issue === "True" && split === "train")
    .map(({ file }) => rowOf(file));
}

/** Settings that a report prints as they should be, all of them: what is not named is taken out. */
const WHOLE = ["augmentation"];

/** Lines of a change written into a recipe; lists, and what is printed whole, are replaced. */
export function merged(into: unknown, change: unknown): unknown {
  if (!isObject(into) || !isObject(change)) return change;
  const result: Record<string, unknown> = { ...into };
  for (const [key, value] of Object.entries(change)) {
    result[key] = WHOLE.includes(key) ? value : merged(into[key], value);
  }
  return result;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);
