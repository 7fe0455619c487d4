/** Whole runs through S3, SQS and DynamoDB as an emulator has them, with processes that die and calls that fail. */
import { afterAll, describe, expect, test } from "vitest";
import { startRun } from "../../src/pipeline/run.ts";
import { runKey, type Stage } from "../../src/pipeline/stage.ts";
import { openAwsWith } from "../../src/platform/aws/open.ts";
import { random } from "../../src/random.ts";
import makeStages from "../pipeline/fixtures/small.ts";
import type { World } from "../pipeline/memory.ts";
import { simulate } from "../pipeline/simulate.ts";
import { makePlace } from "./aws-place.ts";
import { startEmulator } from "./emulator.ts";

const emulator = await startEmulator();
const reason = typeof emulator === "string" ? emulator : undefined;
if (typeof emulator !== "string") Object.assign(process.env, emulator.environment);
afterAll(async () => {
  if (typeof emulator !== "string") await emulator.stop();
});

const SEEDS = [1, 2, 3];

describe.skipIf(reason)(`on an emulator${reason ? ` (skipped: ${reason})` : ""}`, () => {
  test.each(SEEDS)("whatever fails, everything is done once (seed %i)", async (seed) => {
    const endpoint = typeof emulator === "string" ? "" : emulator.endpoint;
    const { bucket, table, url, deadLetters, maxReceives } = await makePlace(endpoint, 1000);
    let now = Date.now();
    const queues = Object.fromEntries(["", "first", "second", "report"].map((name) => [name, { url, deadLetters }]));
    const settings = { bucket, table, queues, maxReceives, retentionDays: 1, endpoint };
    const published: string[] = [];
    const world: World = {
      ...openAwsWith(settings, { now: () => now }),
      notifier: { publish: async ({ run, kind }) => void published.push(`${run} ${kind}`) },
      published,
      steps: new Map(),
    };
    const stages: Stage[] = makeStages().map((stage) => ({ ...stage, mayFail: "none" }));
    await startRun(world, { run: "r", deadlineMinutes: 1e6, request: { items: 6, rounds: 2 } });
    const faults = { before: 0.03, after: 0.03, death: 0.02, twice: 0.2 };
    await simulate(world, stages, "r", {
      workers: 3,
      dice: random(seed).float,
      faults,
      visibilitySeconds: 2,
      tick: () => (now += 1000),
    });
    expect((await world.ledger.state("r"))!.step).toMatchObject({ kind: "finished", number: 5, dispatched: true });
    expect(new Set(published)).toEqual(new Set(["r finished"]));
    const report = JSON.parse(new TextDecoder().decode(await world.store.read(runKey("r", "report.json"))));
    expect(report.slice(0, 3).map(({ done, failed }: Record<string, number>) => [done, failed])).toEqual([
      [6, 0],
      [6, 0],
      [6, 0],
    ]);
  });
});
