/** Whatever fails, and whoever dies at whatever moment: finished exactly once, nothing lost, nothing counted twice. */
import { expect, test } from "vitest";
import { startRun } from "../../src/pipeline/run.ts";
import { runKey } from "../../src/pipeline/stage.ts";
import { random } from "../../src/random.ts";
import makeStages, { type SmallRequest } from "./fixtures/small.ts";
import { makeWorld } from "./memory.ts";
import { type Faults, simulate } from "./simulate.ts";

const SEEDS = 150;
const ROUNDS = ["first 0", "second 0", "second 1", "report 0"];

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
  await simulate(world, stages, run, { workers: 3, dice, faults, tick: () => (now += 40_000) });
  return { world, run };
}

test(`${SEEDS} seeds: everything is done, once`, async () => {
  const faults = { before: 0.04, after: 0.04, death: 0.04, twice: 0.2 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { world, run } = await simulateRun(seed, faults, 1000, { items: 7, rounds: 2 });
    const steps = world.steps.get(run)!;
    const rounds = steps.filter(({ kind }) => kind === "round").map(({ stage, round }) => `${stage} ${round}`);
    expect(rounds, `seed ${seed}`).toEqual(ROUNDS);
    expect(steps.at(-1)).toMatchObject({ kind: "finished", says: "All is said.", dispatched: true });
    expect(new Set(world.published)).toEqual(new Set([`${run} finished: All is said.`]));
    const report = JSON.parse(new TextDecoder().decode(await world.store.read(runKey(run, "report.json"))));
    const wanted = ROUNDS.slice(0, 3).map((name) => ({ name, planned: 7, done: 7, failed: 0 }));
    const got = report
      .slice(0, 3)
      .map(({ stage, round, ...counts }: Record<string, unknown>) => ({ name: `${stage} ${round}`, ...counts }));
    expect(got, `seed ${seed}`).toEqual(wanted);
  }
});

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
