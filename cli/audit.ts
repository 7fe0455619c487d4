import { createHash } from "node:crypto";
import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { readRequest } from "../src/dataset/request.ts";
import { InputError } from "../src/errors.ts";
import type { AuditInput } from "../src/pipeline/stages/input.ts";
import { reportKey } from "../src/pipeline/stages/keys.ts";
import { openFiles } from "../src/platform/local/files.ts";
import { openLocal } from "../src/platform/local/open.ts";
import { showProgress } from "../src/platform/local/progress.ts";
import { runLocal } from "../src/platform/local/run-local.ts";
import { summaryText } from "../src/report/summary.ts";

export interface AuditOptions {
  recipe?: string;
  model?: string;
  predictions?: string;
  effort?: AuditInput["effort"];
  engine?: AuditInput["engine"];
  seed?: number;
  workers?: number;
  out?: string;
  json?: boolean;
}

const STAGES = new URL("../src/pipeline/stages/index.ts", import.meta.url);
const DEADLINE_MINUTES = 24 * 60;

/** `errata audit`: starts the audit, or goes on with it where it was stopped, and prints what it found. */
export async function runAudit(dataset: string, options: AuditOptions): Promise<void> {
  await audit(await inputFor(dataset, options), options);
}

/** What the stages are told, from the command line or from an errata.json; the command line wins. */
export async function inputFor(dataset: string, options: AuditOptions): Promise<AuditInput> {
  const path = resolve(dataset);
  const kind = await stat(path).catch((cause) => {
    throw new InputError({
      file: dataset,
      problem: "There is nothing there.",
      remedy: "Name an image folder, a manifest, an archive or an errata.json.",
      cause,
    });
  });
  const isRequest = basename(path) === "errata.json" || (kind.isFile() && path.endsWith(".json"));
  const asked = isRequest ? readRequest(await readFile(path, "utf8"), dataset) : undefined;
  const location = isRequest || kind.isFile() ? dirname(path) : path;
  const within = asked ? asked.data.path : kind.isFile() ? basename(path) : ".";
  const near = (file: string | undefined) => (file === undefined ? undefined : resolve(location, file));
  const given = asked?.subject as
    | { recipe?: string; model?: string; predictions?: string; input?: unknown }
    | undefined;
  const named = options.recipe ?? options.model ?? options.predictions;
  const name = basename(isRequest && within === "." ? location : resolve(location, within)).replace(
    /\.(csv|jsonl|npz|tar|tgz|tar\.gz)$/i,
    "",
  );
  return {
    name: name || "dataset",
    location,
    data: { ...(asked?.data ?? {}), path: within },
    subject: await subjectFor(
      named
        ? {
            recipe: options.recipe && resolve(options.recipe),
            model: options.model && resolve(options.model),
            predictions: options.predictions && resolve(options.predictions),
          }
        : { recipe: near(given?.recipe), model: near(given?.model), predictions: near(given?.predictions) },
      given?.input,
    ),
    effort: options.effort ?? asked?.effort ?? "standard",
    seed: options.seed ?? asked?.seed ?? 7,
    engine: options.engine ?? "auto",
    startedAt: Date.now(),
  };
}

async function subjectFor(
  paths: { recipe?: string; model?: string; predictions?: string },
  input: unknown,
): Promise<AuditInput["subject"]> {
  const path = paths.recipe ?? paths.model ?? paths.predictions;
  if (path === undefined) return { kind: "default" };
  const shown = relative(process.cwd(), path);
  await stat(path).catch((cause) => {
    throw new InputError({
      file: shown,
      problem: "There is no such file.",
      remedy: "Check the path of the recipe, model or predictions.",
      cause,
    });
  });
  if (paths.recipe) return { kind: "recipe", file: shown, recipe: await readRecipeFile(paths.recipe, shown) };
  if (paths.model) return { kind: "model", location: dirname(path), path: basename(path), input };
  return { kind: "predictions", location: dirname(path), path: basename(path) };
}

async function readRecipeFile(path: string, shown: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new InputError({
      file: shown,
      problem: `It is not JSON: ${(cause as Error).message}.`,
      remedy:
        "Give a recipe as JSON: an object with architecture, compile and fit, or what Keras' model.to_json() wrote.",
      cause,
    });
  }
}

/** Runs an audit and leaves its report in the output folder. */
export async function audit(input: AuditInput, options: AuditOptions): Promise<void> {
  const out = resolve(options.out ?? join("errata-out", input.name));
  const folder = join(out, ".errata");
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw new InputError({
      file: out,
      problem: "The output folder cannot be made.",
      remedy: "Choose another one with --out.",
      cause,
    });
  });
  const run = await runId(input);
  const stopping = new AbortController();
  const onSignal = () => stopping.abort(new DOMException("Stopped.", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, onSignal);
  const progress = showProgress();
  try {
    const { resumed } = await runLocal({
      folder,
      stages: STAGES,
      request: { run, deadlineMinutes: DEADLINE_MINUTES, request: input },
      workers: options.workers,
      fresh: await isOver(folder, run),
      onProgress: (now) => progress.update(now),
      signal: stopping.signal,
    });
    if (resumed) process.stderr.write("An interrupted audit of the same data was found and finished.\n");
  } finally {
    progress.close();
    for (const signal of signals) process.removeListener(signal, onSignal);
  }
  await cp(join(folder, "objects", reportKey(input.name, run)), out, { recursive: true });
  await print(out, options);
}

async function print(out: string, { json }: AuditOptions): Promise<void> {
  const text = await readFile(join(out, "report.json"), "utf8");
  if (json) process.stdout.write(text);
  else
    process.stdout.write(
      `${summaryText(JSON.parse(text), { color: process.stdout.isTTY ?? false, width: process.stdout.columns })}\n\nReport: ${relative(process.cwd(), join(out, "index.html"))}\n`,
    );
}

/** The same data and request make the same run, so that a run that was stopped is found again. */
async function runId({ startedAt: _, ...input }: AuditInput): Promise<string> {
  const digest = createHash("sha256").update(JSON.stringify(input));
  for (const { location, path } of placesOf(input)) {
    const isFile = (await stat(resolve(location, path))).isFile();
    for await (const { key, bytes } of openFiles(location).list(path === "." ? undefined : path))
      if (!isFile || key === path) digest.update(`${key} ${bytes}\n`);
  }
  return digest.digest("hex").slice(0, 16);
}

const placesOf = ({ location, data, subject }: Omit<AuditInput, "startedAt">): { location: string; path: string }[] => [
  { location, path: data.path },
  ...(subject.kind === "model" || subject.kind === "predictions" ? [subject] : []),
];

/** A finished audit is begun anew (its training runs are in the cache): images may have changed without a trace in their sizes. */
async function isOver(folder: string, run: string): Promise<boolean> {
  const state = await openLocal({ folder, run }).ledger.state(run);
  return state?.step.kind === "finished";
}
