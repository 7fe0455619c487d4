import type { SQSRecord } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drive } from "../../src/pipeline/advance.ts";
import { startRun } from "../../src/pipeline/run.ts";
import { type Bench, readEvent, startBundle } from "./bundles.ts";
import stages from "./fixtures/stages.ts";

/** As many deliveries as the stack allows. */
const LAST = "5";
const RUN = "mugs-0123456789ab";

describe("a stage's function as it is deployed", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBundle("ingest");
    await startRun(bench.ports, { run: RUN, deadlineMinutes: 60, request: { name: "mugs" } });
    const items = stages().find(({ name }) => name === "ingest")!;
    await bench.ports.store.putIfAbsent(
      `runs/${RUN}/plans/ingest/0.json`,
      new TextEncoder().encode(JSON.stringify({ items: await items.plan({} as never, 0) })),
    );
    const ids = ["shard-0", "shard-1", "poisoned", "stumbling"];
    await bench.ports.ledger.advance(RUN, 0, { stage: "ingest", round: 0, items: ids });
  });
  afterAll(() => bench.stop());

  const counts = async () => {
    const { done, failed } = await bench.ports.ledger.counts(RUN, { stage: "ingest", round: 0 });
    return { done, failed };
  };
  const messageOf = (item: string, receives = "1"): SQSRecord => {
    const [record] = readEvent("stage-batch").Records;
    const body = JSON.stringify({ run: RUN, stage: "ingest", round: 0, item });
    return {
      ...record,
      messageId: `${item}-${receives}`,
      body,
      attributes: { ...record.attributes, ApproximateReceiveCount: receives },
    };
  };

  it("starts within two seconds, on a busy machine too", async () => {
    const milliseconds = await bench.running.coldStart;
    console.log(`ingest with test stages: cold start ${Math.round(milliseconds)} ms`);
    expect(milliseconds).toBeLessThan(2_000);
  });

  it("works what it can of a batch with broken bodies, and drops those with a word", async () => {
    expect(await bench.invoke(readEvent("stage-batch-broken-body"))).toEqual({ batchItemFailures: [] });
    expect(await counts()).toEqual({ done: 2, failed: 0 });
    expect(bench.log().match(/A message was dropped/g)).toHaveLength(3);
  });

  it("counts a message that comes again once", async () => {
    await bench.invoke(readEvent("stage-batch"));
    expect(await counts()).toEqual({ done: 2, failed: 0 });
  });

  it("records a poisoned item as failed and gives nothing back", async () => {
    expect(await bench.invoke({ Records: [messageOf("poisoned")] })).toEqual({ batchItemFailures: [] });
    expect(await counts()).toEqual({ done: 2, failed: 1 });
  });

  it("gives back what stumbled, and only that", async () => {
    const batch = { Records: [messageOf("shard-0"), messageOf("stumbling"), messageOf("shard-1")] };
    expect(await bench.invoke(batch)).toEqual({ batchItemFailures: [{ itemIdentifier: "stumbling-1" }] });
    expect(await counts()).toEqual({ done: 2, failed: 1 });
  });

  it("answers with each record where the whole batch stumbled, as SQS asks for", async () => {
    const batch = { Records: [messageOf("stumbling", "2")] };
    expect(await bench.invoke(batch)).toEqual({ batchItemFailures: [{ itemIdentifier: "stumbling-2" }] });
  });

  it("records it as failed on the last delivery, and the run goes on", async () => {
    expect(await bench.invoke({ Records: [messageOf("stumbling", LAST)] })).toEqual({ batchItemFailures: [] });
    expect(await counts()).toEqual({ done: 2, failed: 2 });
    expect((await drive(bench.ports, stages(), RUN))?.step.stage).toBe("report");
  });

  it("names the run in every line about it", () => {
    const lines = bench
      .log()
      .split("\n")
      .filter((line) => line.includes("A message was handled."));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) if (line.includes("shard-0")) expect(line).toContain(`"correlation_id"`);
  });
});
