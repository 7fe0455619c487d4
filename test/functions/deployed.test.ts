/** Each function as it is deployed, with the real stages: its size, its cold start on Node 24, and an answer to an event of events/. */

import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { FUNCTIONS, type FunctionName, LARGEST_BYTES, sizeOf } from "../../infra/bundling/build.ts";
import { type Bench, readEvent, startBundle } from "./bundles.ts";

const REAL_STAGES = fileURLToPath(new URL("../../src/pipeline/stages/index.ts", import.meta.url));
/** On a machine that others are busy on; Lambda itself gives ten seconds. */
const LONGEST_START_MS = 10_000;
const FLEET = { ERRATA_GPU_JOB_QUEUE: "queue", ERRATA_GPU_JOB_DEFINITION: "definition", ERRATA_GPU_MOST_WORKERS: "4" };

/** What it is fed, and what it says to that: nothing of it concerns a run that exists. */
const ANSWERS: Record<FunctionName, [event: string, answer: unknown]> = {
  intake: ["test-event", { batchItemFailures: [] }],
  ingest: ["stage-batch-broken-body", { batchItemFailures: [] }],
  infer: ["stage-batch-broken-body", { batchItemFailures: [] }],
  screen: ["stage-batch-broken-body", { batchItemFailures: [] }],
  sweep: ["schedule", { runs: [] }],
  fleet: ["schedule", { waiting: 0, started: 0 }],
};

const lines: string[] = [];
afterAll(() => console.log(lines.join("\n")));

it.each(FUNCTIONS)("%s", { timeout: 180_000, retry: 2 }, async (name) => {
  let bench: Bench | undefined;
  try {
    bench = await startBundle(name, name === "fleet" ? FLEET : {}, REAL_STAGES);
    const [event, answer] = ANSWERS[name];
    expect(await bench.invoke(readEvent(event)), bench.log()).toEqual(answer);
    const milliseconds = await bench.running.coldStart;
    const bytes = sizeOf(`${bench.folder}/bundle`);
    lines.push(
      `${name.padEnd(8)}${(bytes / 1e6).toFixed(1).padStart(6)} MB unzipped, cold start ${Math.round(milliseconds)} ms`,
    );
    expect(bytes).toBeLessThan(LARGEST_BYTES);
    expect(milliseconds).toBeLessThan(LONGEST_START_MS);
  } finally {
    await bench?.stop();
  }
});
