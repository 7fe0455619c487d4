/** Each way for a run to stand still has its own words; a run that moves has none. */
import { describe, expect, it } from "vitest";
import { likelyReason, type StuckFacts } from "../../src/platform/aws/stuck.ts";

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

function facts(
  change: Partial<StuckFacts> & { stage?: string; quietMinutes?: number; deadline?: number } = {},
): StuckFacts {
  const { stage = "ingest", quietMinutes = 10, deadline = NOW + 60 * MINUTE, ...rest } = change;
  const at = NOW - quietMinutes * MINUTE;
  return {
    status: { stage, openedAt: at, lastEvent: { at, says: "" }, done: 1, failed: 0, total: 9, deadline },
    finalDeadline: deadline + 30 * MINUTE,
    runsOn: stage === "train" ? "gpu" : "function",
    queue: { ready: 3, inFlight: 0, dead: 0 },
    hasFleet: true,
    now: NOW,
    ...rest,
  };
}

const none = { ready: 0, inFlight: 0 };

describe("why nothing moves", () => {
  it("is not asked where something moved a minute ago", () => {
    expect(likelyReason(facts({ quietMinutes: 1 }))).toBeUndefined();
  });

  it.each<[string, StuckFacts, RegExp]>([
    ["nothing was planned", facts({ stage: "" }), /log of the function intake/],
    ["no function takes messages", facts(), /3 messages wait and the function ingest takes none/],
    [
      "a function has them",
      facts({ queue: { ready: 0, inFlight: 2, dead: 0 } }),
      /2 messages are with the function ingest/,
    ],
    ["the queue is empty", facts({ queue: { ...none, dead: 0 } }), /sends again what is missing/],
    ["dead letters", facts({ queue: { ...none, dead: 4 } }), /4 of its messages were tried too often/],
    ["no GPU stack", facts({ stage: "train", hasFleet: false }), /deploy the GPU stack/],
    ["no GPU job", facts({ stage: "train", gpu: {} }), /none was asked for/],
    ["no instance", facts({ stage: "train", gpu: { RUNNABLE: 1 } }), /no quota for G instances, or no spot capacity/],
    ["an instance starts", facts({ stage: "train", gpu: { STARTING: 1, RUNNABLE: 1 } }), /image is being fetched/],
    [
      "a worker runs",
      facts({ stage: "train", queue: { ready: 1, inFlight: 1, dead: 0 } }),
      /training run can take long/,
    ],
    ["the deadline is over", facts({ deadline: NOW - MINUTE }), /goes on to the report/],
    ["nobody ends it", facts({ deadline: NOW - 60 * MINUTE }), /function sweep does not run/],
  ])("where %s", (_, given, says) => {
    expect(likelyReason(given)).toMatch(says);
  });
});
