/** Looks at a folder and proposes an errata.json for it. */
import { withoutSlash } from "./format.ts";
import { openDataset, recognise } from "./open.ts";
import { type AuditRequest, REQUEST_SCHEMA } from "./request.ts";
import { type DatasetListing, type Files, SPLITS } from "./types.ts";

export interface Proposal {
  request: AuditRequest;
  /** What was found, a line each, for the user. */
  found: string[];
}

const SUBJECTS: [key: "recipe" | "model" | "predictions", pattern: RegExp][] = [
  ["recipe", /^(recipe|model_config|architecture)\.json$/i],
  ["model", /\.onnx$|^model\.json$/i],
  ["predictions", /^pred(iction)?s?(_probs)?\.(npy|csv)$/i],
];

/** @throws InputError as `openDataset` does: what cannot be opened cannot be audited */
export async function proposeRequest(files: Files, path = "."): Promise<Proposal> {
  const recognised = await recognise(files, { path, seed: 0 });
  const source = await openDataset(files, { path, seed: 0 });
  const subject = await findSubject(files);
  const data: AuditRequest["data"] = { path: withoutSlash(recognised.path) || "." };
  if (recognised.format !== "folder") data.format = recognised.format;
  if (source.splits === "made") data.split = { test: 0.2, validation: 0.1 };
  const request: AuditRequest = {
    schema: REQUEST_SCHEMA,
    task: "classification",
    data,
    ...(subject && { subject }),
    effort: "standard",
    seed: 7,
  };
  return {
    request,
    found: [
      ...describe(source),
      subject ? `subject: ${Object.values(subject)[0]}` : "no recipe, model or predictions: a small CNN will stand in",
    ],
  };
}

async function findSubject(files: Files): Promise<AuditRequest["subject"]> {
  const names: string[] = [];
  for await (const { key } of files.list()) if (!key.includes("/")) names.push(key);
  for (const [kind, pattern] of SUBJECTS) {
    const name = names.find((each) => pattern.test(each));
    if (name) return { [kind]: name };
  }
  return undefined;
}

function describe({ format, images, classes, splits, rejected }: DatasetListing): string[] {
  const lines = [
    `format: ${format}`,
    `images: ${SPLITS.reduce((sum, split) => sum + images[split], 0)} of ${classes.length} classes`,
    `splits (${splits === "given" ? "as given" : "made here, stratified"}): ${SPLITS.map((split) => `${images[split]} ${split}`).join(", ")}`,
  ];
  if (rejected.length > 0)
    lines.push(`passed over: ${rejected.length}, first ${rejected[0].file}: ${rejected[0].problem}`);
  return lines;
}
