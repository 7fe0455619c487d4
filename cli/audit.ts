import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { AuditInput } from "../src/pipeline/stages/input.ts";
import { reportKey } from "../src/pipeline/stages/keys.ts";
import { openFiles } from "../src/platform/local/files.ts";
import { openLocal } from "../src/platform/local/open.ts";
import { showProgress } from "../src/platform/local/progress.ts";
import { runLocal } from "../src/platform/local/run-local.ts";
import { summaryText } from "../src/report/summary.ts";
import { inputFor, type RequestOptions } from "./audit-request.ts";
import { makeOut, placeReport, removeEmpty } from "./out-folder.ts";

export interface AuditOptions extends RequestOptions {
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

/** Runs an audit and leaves its report in the output folder. */
export async function audit(input: AuditInput, options: AuditOptions): Promise<void> {
  const out = resolve(options.out ?? join("errata-out", input.name));
  const folder = join(out, ".errata");
  const run = await runId(input);
  const made = await makeOut(folder);
  const stopping = new AbortController();
  const onSignal = () => stopping.abort(new DOMException("Stopped.", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, onSignal);
  const progress = showProgress();
  try {
    const { resumed } = await runLocal({
      folder,
      stages: STAGES,
      request: { run, deadlineMinutes: input.deadlineMinutes ?? DEADLINE_MINUTES, request: input },
      workers: options.workers,
      fresh: await isOver(folder, run),
      onProgress: (now) => progress.update(now),
      signal: stopping.signal,
    });
    if (resumed) process.stderr.write("An interrupted audit of the same data was found and finished.\n");
  } catch (error) {
    await removeEmpty(folder, made);
    throw error;
  } finally {
    progress.close();
    for (const signal of signals) process.removeListener(signal, onSignal);
  }
  await placeReport(join(folder, "objects", reportKey(input.name, run)), out);
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
async function runId({ startedAt: _, deadlineMinutes: __, ...input }: AuditInput): Promise<string> {
  const digest = createHash("sha256").update(JSON.stringify(input));
  for (const { location, path } of placesOf(input)) {
    const isFile = (await stat(resolve(location, path))).isFile();
    for await (const { key, bytes } of openFiles(location).list(path === "." ? undefined : path))
      if (!isFile || key === path) digest.update(`${key} ${bytes}\n`);
  }
  return digest.digest("hex").slice(0, 16);
}

const placesOf = ({
  location,
  data,
  subject,
}: Pick<AuditInput, "location" | "data" | "subject">): { location: string; path: string }[] => [
  { location, path: data.path },
  ...(subject.kind === "model" || subject.kind === "predictions" ? [subject] : []),
];

/** A finished audit is begun anew (its training runs are in the cache): images may have changed without a trace in their sizes. */
async function isOver(folder: string, run: string): Promise<boolean> {
  const state = await openLocal({ folder, run }).ledger.state(run);
  return state?.step.kind === "finished";
}
