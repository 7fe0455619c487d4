/** With few tries anything may fail for good: every item is counted all the same, and the run ends. See `drills.test.ts` too. */
import { expect, test } from "vitest";
import { startRun } from "../../src/pipeline/run.ts";
import { random } from "../../src/random.ts";
import makeStages, { type SmallRequest } from "./fixtures/small.ts";
import { makeWorld } from "./memory.ts";
import { type Faults, simulate } from "./simulate.ts";

const SEEDS = 60;

async function simulateRun(seed: number, faults: Faults, maxReceives: number, request: SmallRequest) {
  const dice = random(seed).float;
  let now = 1_700_000_000_000;
  const clock = { now: () => now };
  const world = makeWorld(clock, maxReceives);
  // With few receives anything may fail for good, and the run must come to an end all the same.
  const stages = makeStages().map((stage) => ({
    ...stage,
    mayFail: stage.name === "report" ? stage.mayFail : ("all" as const),
  }));
  const run = `seed-${seed}`;
  await startRun(world, { run, deadlineMinutes: 1_000_000, request });
  await simulate(world, stages, run, { workers: 3, dice, faults, tick: () => void (now += 40_000) });
  return { world, run };
}

test(`${SEEDS} seeds with few tries: every item is done or failed, and the run is over`, async () => {
  const faults = { before: 0.05, after: 0.05, death: 0.08, twice: 0.1 };
  let failedItems = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { world, run } = await simulateRun(seed, faults, 3, { items: 5, rounds: 2 });
    const steps = world.steps.get(run)!;
    expect(["finished", "failed"]).toContain(steps.at(-1)!.kind);
    if (steps.at(-1)!.kind === "failed") expect(steps.at(-1)!.says).not.toBe("");
    for (const step of steps.filter(({ kind }) => kind === "round").slice(0, -1)) {
      const { total, done, failed } = await world.ledger.counts(run, step);
      expect(done + failed, `seed ${seed} ${step.stage}`).toBe(total);
      failedItems += failed;
    }
  }
  expect(failedItems).toBeGreaterThan(0);
});
