import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "../src/pipeline/ports.ts";
import { localDataset } from "../src/platform/aws/local-dataset.ts";
import { submit } from "../src/platform/aws/submit.ts";
import { showUpload } from "../src/platform/aws/upload-progress.ts";
import { inTeam } from "./team.ts";

export interface SubmitCommandOptions {
  team: string;
  name?: string;
  delete?: boolean;
  json?: boolean;
}

/** How long the command waits to see the run opened. */
const OPEN_SECONDS = 30;

/** `errata submit`: uploads a dataset, `errata.json` last, and says what the run is called. */
export async function runSubmit(
  path: string,
  { team, name, delete: prune, json }: SubmitCommandOptions,
): Promise<void> {
  const { dataset, files, request, requested } = await localDataset(path, name);
  if (!requested) process.stderr.write("There is no errata.json: defaults are used, with a small CNN as the model.\n");
  const stopping = new AbortController();
  const onSignal = () => stopping.abort(new DOMException("Stopped.", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, onSignal);
  const progress = showUpload();
  try {
    await inTeam(team, async ({ s3, bucket, ports }) => {
      const { signal } = stopping;
      const all = { s3, bucket, dataset, files, request, prune, signal, onProgress: progress.update };
      const { run, runByEtag, skipped, totalFiles } = await submit(all);
      progress.close();
      process.stderr.write(`${totalFiles - skipped} files uploaded, ${skipped} were there already.\n`);
      const opened = await whichOpened(ports.ledger, [run, runByEtag], signal);
      if (!opened) process.stderr.write(`The run is not open after ${OPEN_SECONDS} s; errata status says why.\n`);
      const told = { run: opened ?? run, dataset, bucket, opened: opened !== undefined };
      process.stdout.write(json ? `${JSON.stringify(told)}\n` : `Run: ${told.run}\n`);
      if (!json) process.stderr.write(`Watch it: npx errata status ${told.run} --team ${team} --watch\n`);
    });
  } finally {
    progress.close();
    for (const signal of signals) process.removeListener(signal, onSignal);
  }
}

async function whichOpened(ledger: Ledger, runs: string[], signal: AbortSignal): Promise<string | undefined> {
  for (const until = Date.now() + OPEN_SECONDS * 1000; Date.now() < until; await sleep(1000, undefined, { signal })) {
    for (const run of new Set(runs)) if (await ledger.state(run)) return run;
  }
  return undefined;
}
