/** errata.json: what an audit is asked for. */
import * as z from "zod";
import { InputError } from "../errors.ts";
import { unsafePath } from "./files.ts";
import { MASK_FORMATS } from "./masks/types.ts";
import { FORMATS, TASKS } from "./types.ts";

export const REQUEST_SCHEMA = "errata/request@1";

/** A path within the dataset's folder. */
const path = z
  .string()
  .min(1, "is empty")
  .superRefine((value, context) => {
    const unsafe = unsafePath(value);
    if (unsafe) context.addIssue({ code: "custom", message: unsafe });
  });
const fraction = z.number().min(0).lt(1);

const names = z
  .array(z.string().min(1))
  .min(2, "names fewer than two classes")
  .refine((all) => new Set(all).size === all.length, "names a class twice");

/** Sides of a tile, pixels: a network sees something in it, and keeps it in memory. */
const LEAST_TILE = 16;
const MOST_TILE = 4096;

const masksSchema = z.strictObject({
  path: path.optional(),
  format: z.enum(MASK_FORMATS).optional(),
  classes: names.optional(),
  colours: z.record(z.string(), z.string()).optional(),
  tiles: z.int().min(LEAST_TILE).max(MOST_TILE).optional(),
});

const dataSchema = z.strictObject({
  path: path.default("."),
  format: z.enum(FORMATS).optional(),
  split: z
    .strictObject({ test: fraction.optional(), validation: fraction.optional(), column: z.string().min(1).optional() })
    .refine(({ test = 0, validation = 0 }) => test + validation < 1, "test and validation leave nothing to train on")
    .optional(),
  group: z.string().min(1).optional(),
  classes: names.optional(),
  limit: z.int().min(1000).optional(),
  masks: masksSchema.optional(),
});

const requestSchema = z
  .strictObject({
    schema: z.literal(REQUEST_SCHEMA),
    task: z.enum(TASKS).default("classification"),
    data: dataSchema.default({ path: "." }),
    subject: z
      .strictObject({
        recipe: path.optional(),
        model: path.optional(),
        input: z.record(z.string(), z.unknown()).optional(),
        predictions: path.optional(),
      })
      .refine(
        ({ recipe, model, predictions }) => [recipe, model, predictions].filter(Boolean).length <= 1,
        "names more than one of recipe, model and predictions",
      )
      .refine(({ model, input }) => input === undefined || model !== undefined, "has an input without a model")
      .optional(),
    effort: z.enum(["quick", "standard", "thorough"]).optional(),
    seed: z.int().min(0).max(0x7fffffff).optional(),
    deadlineMinutes: z.int().min(1).max(10_080).optional(),
  })
  .superRefine(({ task, data }, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: ["data", field], message });
    if (task === "classification" && data.masks) refuse("masks", "is there, and the task is classification");
    if (task !== "segmentation") return;
    if (data.format) refuse("format", "is of labelled images; that of masks is data.masks.format");
    if (data.group) refuse("group", "needs a manifest, and images with masks have none");
    if (data.split?.column) refuse("split", "names a manifest's column, and images with masks have none");
  });

/** A checked errata.json. */
export type AuditRequest = z.infer<typeof requestSchema>;

/** What each field may hold, told with every error about it. */
const REMEDIES: Record<string, string> = {
  schema: `Write "schema": "${REQUEST_SCHEMA}".`,
  task: 'Write "classification" or "segmentation".',
  data: 'Write {"path": "."}, with format, split, group, classes, limit and masks where they are needed.',
  "data.path": "Name a folder, manifest, array or archive, relative to errata.json.",
  "data.format": `Write one of ${FORMATS.join(", ")}, or leave it out.`,
  "data.split": 'Write {"test": 0.2, "validation": 0.1}, or {"column": "split"}.',
  "data.group": "Name the manifest's column of groups (patients, objects).",
  "data.classes": "List the classes' names in the order of their indices, each once.",
  "data.masks":
    'Write "task": "segmentation" and {"path"?: a folder or COCO file, "format"?: one of indices, colours, instances, coco, "classes"?: [...], "colours"?: {"class": "#rrggbb"}, "tiles"?: side in pixels, 16 to 4096}.',
  "data.limit":
    "Write how many images are audited at most, 1000 or more; the labels of the others are judged all the same.",
  subject:
    'Write one of {"recipe": "recipe.json"}, {"model": "model.onnx"}, {"predictions": "pred_probs.npy"} (of masks, a folder of predicted masks), or leave it out.',
  effort: "Write quick, standard or thorough.",
  seed: "Write a whole number from 0 to 2147483647.",
  deadlineMinutes: "Write whole minutes, from 1 to 10080.",
};

/**
 * @param text content of errata.json; @param file what errors call it
 * @throws InputError that names the first bad field, with all others told
 */
export function readRequest(text: string, file = "errata.json"): AuditRequest {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new InputError({
      file,
      problem: `It is not JSON: ${(cause as Error).message.replace(/\.$/, "")}.`,
      remedy: "Correct it there; `errata init` writes a good one.",
      cause,
    });
  }
  const result = requestSchema.safeParse(value);
  if (result.success) return result.data;
  const [first, ...others] = result.error.issues.map(({ path: at, message }) => ({ field: at.join("."), message }));
  const more = others.map(({ field, message }) => ` Also ${field || "the request"}: ${message}.`).join("");
  throw new InputError({
    file,
    field: first.field || undefined,
    problem: `${first.message.replace(/\.$/, "")}.${more}`,
    remedy: remedyFor(first.field),
    cause: result.error,
  });
}

function remedyFor(field: string): string {
  for (let at = field; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("."))))
    if (REMEDIES[at]) return REMEDIES[at];
  return `It may hold ${Object.keys(REMEDIES)
    .filter((name) => !name.includes("."))
    .join(", ")}.`;
}
