import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LARGEST_BYTES, sizeOf } from "../../infra/bundling/build.ts";
import { startRun } from "../../src/pipeline/run.ts";
import { type Bench, readEvent, startBundle } from "./bundles.ts";

const STAGES = fileURLToPath(new URL("fixtures/native-stages.ts", import.meta.url));

let bench: Bench;
beforeAll(async () => {
  bench = await startBundle("ingest", {}, STAGES);
});
afterAll(() => bench.stop());

it("a bundle brings image decoders, model runtime and engine along, where there is no node_modules", async () => {
  await startRun(bench.ports, { run: "r", deadlineMinutes: 60, request: { name: "mugs" } });
  await bench.ports.store.put("runs/r/plans/ingest/0.json", new TextEncoder().encode(`{"items":[{"id":"natives"}]}`));
  await bench.ports.ledger.advance("r", 0, { stage: "ingest", round: 0, items: ["natives"] });
  const [record] = readEvent("stage-batch").Records;
  const body = JSON.stringify({ run: "r", stage: "ingest", round: 0, item: "natives" });
  const answer = await bench.invoke({ Records: [{ ...record, body }] });
  expect(answer, bench.log()).toEqual({ batchItemFailures: [] });
  const found = JSON.parse(new TextDecoder().decode(await bench.ports.store.read("runs/r/natives.json")));
  expect(found).toEqual({ width: 4, height: 3, small: 36, data: [1, 2], engine: "wasm", sum: 6 });
});

it("and stays small with all of them", async () => {
  const bytes = sizeOf(`${bench.folder}/bundle`);
  console.log(`with sharp, onnxruntime and the wasm engine: ${(bytes / 1e6).toFixed(1)} MB unzipped`);
  console.log(`cold start ${Math.round(await bench.running.coldStart)} ms`);
  expect(bytes).toBeLessThan(LARGEST_BYTES);
});
