/** `errata.json` of an upload, checked, as what the stages are started with. */
import * as z from "zod";
import { EFFORTS, type EffortName } from "../../src/audit/effort.ts";
import type { Files } from "../../src/dataset/types.ts";
import { InputError } from "../../src/errors.ts";
import { assertKey } from "../../src/pipeline/keys.ts";
import type { AuditInput } from "../../src/pipeline/stages/input.ts";

const FILE = "errata.json";
/** A request names files, it does not hold them. */
const LARGEST_BYTES = 1_000_000;

/** A path within the dataset. */
const path = z.string().superRefine((value, context) => {
  try {
    if (value !== ".") assertKey(value.replace(/\/$/, ""));
    if (/^[a-z][a-z0-9+.-]*:/i.test(value)) throw new Error("is a URL");
  } catch {
    context.addIssue({ code: "custom", message: `"${value}" does not lead to something in the dataset's folder` });
  }
});

const Request = z.strictObject({
  schema: z.literal("errata/request@1"),
  task: z.enum(["classification", "segmentation"]).default("classification"),
  data: z
    .strictObject({ path: path.default("."), format: z.string(), split: z.unknown(), group: z.string() })
    .partial({ format: true, split: true, group: true })
    .default({ path: "." }),
  subject: z
    .union([
      z.strictObject({ recipe: path }),
      z.strictObject({ model: path, input: z.unknown().optional() }),
      z.strictObject({ predictions: path }),
    ])
    .optional(),
  effort: z.enum(Object.keys(EFFORTS) as [EffortName, ...EffortName[]]).default("standard"),
  seed: z.int().default(7),
  deadlineMinutes: z.int().min(5).max(1440).optional(),
});

/** `files` is the dataset's folder, `name` its name. Fails with an `InputError` that says what to put right. */
export async function readAuditRequest(
  files: Files,
  name: string,
  bytes: number,
  startedAt: number,
): Promise<{ input: AuditInput; deadlineMinutes?: number }> {
  if (bytes > LARGEST_BYTES) throw problem(FILE, `It has ${bytes} bytes.`, `At most ${LARGEST_BYTES} are read.`);
  const parsed = Request.safeParse(await readJson(files, FILE));
  if (!parsed.success) {
    const [{ path: at, message }] = parsed.error.issues;
    throw problem(FILE, `${message}.`, "Put it right and upload errata.json again.", at.join("."));
  }
  const { data, subject, effort, seed, deadlineMinutes } = parsed.data;
  const location = `datasets/${name}`;
  const input = { name, location, data, effort, seed, engine: "auto", startedAt } as const;
  return { input: { ...input, subject: await subjectOf(files, location, subject) }, deadlineMinutes };
}

async function subjectOf(
  files: Files,
  location: string,
  subject: z.infer<typeof Request>["subject"],
): Promise<AuditInput["subject"]> {
  if (!subject) return { kind: "default" };
  if ("recipe" in subject)
    return { kind: "recipe", file: subject.recipe, recipe: await readJson(files, subject.recipe) };
  if ("model" in subject) return { kind: "model", location, path: subject.model, input: subject.input };
  return { kind: "predictions", location, path: subject.predictions };
}

async function readJson(files: Files, file: string): Promise<unknown> {
  const text = new TextDecoder().decode(await files.read(file));
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    throw new InputError({
      file,
      problem: `It is not JSON: ${message}.`,
      remedy: "Put it right and upload it again.",
      cause,
    });
  }
}

function problem(file: string, says: string, remedy: string, field?: string): InputError {
  return new InputError({ file, field: field || undefined, problem: says, remedy });
}
