/** What `errata status` says of a run, over the ports in memory. */
import { beforeEach, expect, it } from "vitest";
import { InputError } from "../../src/errors.ts";
import { drive } from "../../src/pipeline/advance.ts";
import { startRun } from "../../src/pipeline/run.ts";
import type { Stage } from "../../src/pipeline/stage.ts";
import { STAGES } from "../../src/pipeline/stage-list.ts";
import { statusText } from "../../src/platform/aws/status-text.ts";
import { cloudStatus } from "../../src/platform/aws/watch.ts";
import { makeWorld, type World } from "../pipeline/memory.ts";

let now: number;
let world: World;
const stages: Stage[] = STAGES.map((facts) => ({
  ...facts,
  plan: async (_, round) => (round === 0 ? [{ id: "a" }, { id: "b" }] : []),
  work: async () => {},
}));

beforeEach(async () => {
  now = 1_700_000_000_000;
  world = makeWorld({ now: () => now });
  await startRun(world, { run: "mugs-1", deadlineMinutes: 60, request: { name: "mugs" } });
  await drive(world, stages, "mugs-1");
});

const look = () => cloudStatus({ ports: world, bucket: "b" }, "mugs-1");

it("counts what is done, says how fast, and what waits", async () => {
  now += 10_000;
  await world.ledger.record("mugs-1", { stage: "intake", round: 0 }, "a", { status: "done" });
  const found = await look();
  expect(found).toMatchObject({ stage: "intake", done: 1, total: 2, perSecond: 0.1, queue: { ready: 2, dead: 0 } });
  expect(found.reason).toBeUndefined();
  expect(statusText(found, now)).toMatch(/mugs-1: intake: 1 done, 0 failed, of 2, 0\.10\/s/);
});

it("says why nothing moves", async () => {
  now += 10 * 60_000;
  const found = await look();
  expect(found.reason).toMatch(/2 messages wait and the function intake takes none/);
  expect(statusText(found, now)).toContain(`nothing moves: ${found.reason}`);
});

it("says how it ended, and where that is written", async () => {
  const step = (await world.ledger.state("mugs-1"))!.step.number;
  const failure = { says: "errata.json: effort: bad.", file: "errata.json", field: "effort", remedy: "Write quick." };
  await world.ledger.finish("mugs-1", step, { kind: "failed", says: failure.says, failure });
  const found = await look();
  expect(found).toMatchObject({
    kind: "failed",
    result: "s3://b/reports/mugs/mugs-1/failed.json",
    remedy: "Write quick.",
  });
  expect(statusText(found, now)).toContain("errata.json: effort: bad.");
});

it("knows no run of another name, and names those under way", async () => {
  const asked = cloudStatus({ ports: world, bucket: "b" }, "mugs-2");
  await expect(asked).rejects.toThrow(InputError);
  await expect(asked).rejects.toThrow(/no such run.*Under way: mugs-1/);
});
