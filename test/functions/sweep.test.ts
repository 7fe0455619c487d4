import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drive } from "../../src/pipeline/advance.ts";
import { startRun } from "../../src/pipeline/run.ts";
import { type Bench, readEvent, startBundle } from "./bundles.ts";
import stages from "./fixtures/stages.ts";

describe("the sweep function as it is deployed", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBundle("sweep");
  });
  afterAll(() => bench.stop());

  it("has nothing to do for an idle team", async () => {
    expect(await bench.invoke(readEvent("schedule"))).toEqual({ runs: [] });
    console.log(`sweep: cold start ${Math.round(await bench.running.coldStart)} ms`);
  });

  it("sends lost messages again", async () => {
    await startRun(bench.ports, { run: "lost", deadlineMinutes: 60, request: { name: "mugs" } });
    await drive(bench.ports, stages(), "lost");
    const queue = bench.ports.queue("intake");
    const [message] = await queue.receive({ max: 1, visibilitySeconds: 60, waitSeconds: 0 });
    await queue.acknowledge(message.receipt);
    expect(await queue.depth()).toEqual({ ready: 0, inFlight: 0 });
    expect(await bench.invoke(readEvent("schedule"))).toEqual({ runs: ["lost"] });
    expect(await queue.depth()).toEqual({ ready: 1, inFlight: 0 });
  });

  it("ends a run that is long past its time, tells why, and looks at it no more", async () => {
    await startRun(bench.ports, { run: "late", deadlineMinutes: 60, request: { name: "plates" } });
    await bench.ports.ledger.postpone("late", { deadline: Date.now() - 2000, finalDeadline: Date.now() - 1000 });
    await bench.invoke(readEvent("schedule"));
    expect((await bench.ports.ledger.state("late"))?.step).toMatchObject({ kind: "failed", dispatched: true });
    const failed = JSON.parse(
      new TextDecoder().decode(await bench.ports.store.read("reports/plates/late/failed.json")),
    );
    expect(failed.says).toContain("No report was ready");
    expect(await bench.invoke(readEvent("schedule"))).toEqual({ runs: ["lost"] });
  });
});
