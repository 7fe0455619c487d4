/**
 * Fault drills through S3, SQS and DynamoDB as an emulator has them: processes die, messages are doubled, late and out of order,
 * clocks differ, a shard is poisoned, and the services themselves throttle calls and break connections.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pMap from "p-map";
import { afterAll, describe, expect, test } from "vitest";
import { makeClients } from "../../src/platform/aws/clients.ts";
import { openAwsWith } from "../../src/platform/aws/open.ts";
import { random } from "../../src/random.ts";
import { assertAllStruck, drill, tally } from "../pipeline/drill.ts";
import type { World } from "../pipeline/memory.ts";
import { makePlace } from "./aws-place.ts";
import { startEmulator } from "./emulator.ts";
import { startUnreliable } from "./unreliable.ts";

const emulator = await startEmulator();
const reason = typeof emulator === "string" ? emulator : undefined;
const endpoint = typeof emulator === "string" ? "" : emulator.endpoint;
if (typeof emulator !== "string") Object.assign(process.env, emulator.environment);
afterAll(async () => {
  if (typeof emulator !== "string") await emulator.stop();
});

const SEEDS = Array.from({ length: 20 }, (_, n) => n + 1);
/** Drills mostly wait for messages to come back. */
const AT_ONCE = 7;
/** So many that chance hardly ever has each of a message's takers drop it. */
const MAX_RECEIVES = 12;
const FAULTS = { before: 0.01, after: 0.01, death: 0.01, twice: 0.2, late: 0.2, midWork: 0.05, skewMs: 120_000 };
const CHANCES = { throttled: 0.02, brokenBefore: 0.01, brokenAfter: 0.01 };

async function drillOn(place: string, seed: number) {
  const { bucket, table, url, deadLetters, maxReceives } = await makePlace(endpoint, MAX_RECEIVES);
  const queues = Object.fromEntries(["", "first", "second", "report"].map((name) => [name, { url, deadLetters }]));
  const settings = { bucket, table, queues, maxReceives, retentionDays: 1, endpoint: place };
  const published: string[] = [];
  const notifier: World["notifier"] = {
    publish: async ({ run, kind, says }) => void published.push(`${run} ${kind}: ${says}`),
  };
  // Messages come back by SQS' own clock, one second at the least.
  const tick = () => sleep(200);
  // One set of clients a drill: what a process has of its own is its clock.
  const clients = makeClients(place);
  const seenBy: World["seenBy"] = (clock) => ({ ...openAwsWith(settings, clock, clients), notifier });
  const world: World = { ...seenBy({ now: Date.now }), published, steps: new Map(), seenBy };
  return drill(world, seed, { faults: FAULTS, rounds: 1, maxReceives, tick, visibilitySeconds: 1, ticksAfter: 0 });
}

describe.skipIf(reason)(`on an emulator${reason ? ` (skipped: ${reason})` : ""}`, () => {
  test(`${SEEDS.length} drills`, async () => {
    const unreliable = await startUnreliable(endpoint, random(99).float, CHANCES);
    try {
      const struck = await pMap(SEEDS, (seed) => drillOn(unreliable.endpoint, seed), { concurrency: AT_ONCE });
      const { total, line } = tally(struck);
      console.log(`on the emulator, ${line}; ${JSON.stringify(unreliable.struck)}`);
      assertAllStruck(total);
      for (const service of ["s3", "sqs", "dynamodb"])
        for (const what of ["throttled", "broken before", "broken after"])
          expect(unreliable.struck[`${service} ${what}`], `${service} ${what}`).toBeGreaterThan(0);
    } finally {
      await unreliable.stop();
    }
  });
});
