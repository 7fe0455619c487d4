/** `errata.json` of an upload, checked, as what the stages are started with. */

import { readRequest } from "../../dataset/request.ts";
import type { Files } from "../../dataset/types.ts";
import { InputError } from "../../errors.ts";
import type { AuditInput } from "../../pipeline/stages/input.ts";
import { datasetFolder } from "./names.ts";

const FILE = "errata.json";
/** A request names files, it does not hold them. */
const LARGEST_BYTES = 1_000_000;
const DEFAULTS = { effort: "standard", seed: 7, engine: "auto" } as const;

type Subject = AuditInput["subject"];

export interface RequestOptions {
  /** The dataset's name: its folder below `datasets/`. */
  name: string;
  /** Of errata.json, as S3 told. */
  bytes: number;
  startedAt: number;
  /** The engine of the team's GPU workers, where it is not the functions' own. */
  trainedBy?: AuditInput["trainedBy"];
}

/** `files` is the dataset's folder. Fails with an `InputError` that says what to put right. */
export async function readAuditRequest(
  files: Files,
  { name, bytes, startedAt, trainedBy }: RequestOptions,
): Promise<{ input: AuditInput; deadlineMinutes?: number }> {
  if (bytes > LARGEST_BYTES) {
    const remedy = `At most ${LARGEST_BYTES} are read: name files in it, do not put them in.`;
    throw new InputError({ file: FILE, problem: `It has ${bytes} bytes.`, remedy });
  }
  const { data, subject, deadlineMinutes, task, ...rest } = readRequest(await textOf(files, FILE), FILE);
  const { effort = DEFAULTS.effort, seed = DEFAULTS.seed } = rest;
  const location = datasetFolder(name);
  const input = {
    name,
    location,
    ...(task === "segmentation" ? { task } : {}),
    data,
    effort,
    seed,
    engine: DEFAULTS.engine,
    startedAt,
    ...(trainedBy ? { trainedBy } : {}),
  };
  return { input: { ...input, subject: await subjectOf(files, location, subject ?? {}) }, deadlineMinutes };
}

interface Requested {
  recipe?: string;
  model?: string;
  input?: unknown;
  predictions?: string;
}

async function subjectOf(files: Files, location: string, requested: Requested): Promise<Subject> {
  const { recipe: file, model, predictions, input } = requested;
  if (file !== undefined) return { kind: "recipe", file, recipe: await recipeOf(files, file) };
  if (model !== undefined) return { kind: "model", location, path: model, input };
  if (predictions !== undefined) return { kind: "predictions", location, path: predictions };
  return { kind: "default" };
}

async function recipeOf(files: Files, file: string): Promise<unknown> {
  const text = await textOf(files, file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = `It is not JSON: ${(cause as Error).message}.`;
    throw new InputError({ file, problem, remedy: "Put it right and upload it, then errata.json again.", cause });
  }
}

async function textOf(files: Files, file: string): Promise<string> {
  return new TextDecoder().decode(await files.read(file));
}
