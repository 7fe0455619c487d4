/**
 * One drill: a run of the small stages in which all goes wrong that can, and what must hold afterwards whatever the place: one
 * report, nothing counted twice, nothing lost, no dead letter unexplained.
 */
import { expect } from "vitest";
import { handle } from "../../src/pipeline/handle.ts";
import { startRun } from "../../src/pipeline/run.ts";
import { runKey, type Stage } from "../../src/pipeline/stage.ts";
import { sweep } from "../../src/pipeline/sweep.ts";
import { random } from "../../src/random.ts";
import makeStages from "./fixtures/small.ts";
import type { World } from "./memory.ts";
import { type Faults, type Simulation, type Struck, simulate } from "./simulate.ts";

/** An item that kills its process every time. */
export const POISON = "item-2";
const ITEMS = 5;

export interface DrillOptions extends Pick<Simulation, "tick" | "visibilitySeconds"> {
  faults: Faults;
  /** Rounds of the second stage. */
  rounds: number;
  maxReceives: number;
  /**
   * After the end, until the last sweep: longer than a sweeper that died, by a clock that was fast, keeps a dead letter to itself. With 0 such letters may
   * still be hidden: where time is real, that is a minute.
   */
  ticksAfter?: number;
}

/** Stages that end the run whatever fails but the report. */
function drillStages(): Stage[] {
  return makeStages().map((stage) => ({ ...stage, mayFail: stage.name === "report" ? "none" : "all" }));
}

/** Runs a drill with the poisoned item in it. What struck, for the caller to add up. */
export async function drill(
  world: World,
  seed: number,
  { faults, rounds, maxReceives, ticksAfter = 6, ...rest }: DrillOptions,
): Promise<Struck> {
  const run = `seed-${seed}`;
  const stages = drillStages();
  await startRun(world, { run, deadlineMinutes: 1_000_000, request: { items: ITEMS, rounds } });
  const options = { workers: 3, dice: random(seed).float, faults: { ...faults, poison: POISON }, ...rest };
  const struck = await simulate(world, stages, run, options);
  const before = await snapshot(world, run, rounds);
  await workLeftovers(world, stages);
  for (let ticks = 0; ticks < ticksAfter; ticks++) await rest.tick();
  await sweep(world, stages, run);
  const after = await snapshot(world, run, rounds);
  expect(after, `seed ${seed}: messages that come after the end change nothing`).toEqual(before);
  assertSound(after, run, rounds, maxReceives);
  const dead = await world.queue("").dead!.depth();
  expect(dead, `${run}: dead letters are recorded and gone`).toEqual({
    ready: 0,
    inFlight: ticksAfter > 0 ? 0 : expect.any(Number),
  });
  return struck;
}

const roundsOf = (rounds: number) => [
  { stage: "first", round: 0 },
  ...Array.from({ length: rounds }, (_, round) => ({ stage: "second", round })),
];

async function snapshot(world: World, run: string, rounds: number) {
  const outcomes: Record<string, unknown> = {};
  for (const round of roundsOf(rounds)) {
    const found = await world.ledger.outcomes(run, round);
    const counts = await world.ledger.counts(run, round);
    const { total, done, failed } = counts;
    outcomes[`${round.stage} ${round.round}`] = { total, done, failed, items: Object.fromEntries([...found].sort()) };
  }
  const { step } = (await world.ledger.state(run))!;
  const report = JSON.parse(new TextDecoder().decode(await world.store.read(runKey(run, "report.json"))));
  return { step, outcomes, report, published: [...new Set(world.published)] };
}

function assertSound(
  { step, outcomes, report, published }: Awaited<ReturnType<typeof snapshot>>,
  run: string,
  rounds: number,
  maxReceives: number,
): void {
  // Opened, each round once, the report, the end: every step was taken once.
  expect(step).toMatchObject({ kind: "finished", says: "All is said.", dispatched: true, number: rounds + 3 });
  expect(published).toEqual([`${run} finished: All is said.`]);
  const ids = Array.from({ length: ITEMS }, (_, n) => `item-${n}`);
  const done = Object.fromEntries(ids.map((id) => [id, { status: "done" }]));
  // Its last delivery may also have met a call that failed before the work was begun.
  const says = expect.stringMatching(`It was tried ${maxReceives} times|throttled|answer was lost`);
  const failure = { says };
  for (const { stage, round } of roundsOf(rounds)) {
    const wanted =
      stage === "first"
        ? { total: ITEMS, done: ITEMS - 1, failed: 1, items: { ...done, [POISON]: { status: "failed", failure } } }
        : { total: ITEMS, done: ITEMS, failed: 0, items: done };
    expect(outcomes[`${stage} ${round}`], `${run}, ${stage} ${round}`).toEqual(wanted);
    expect(report).toContainEqual({ stage, round, planned: ITEMS, done: wanted.done, failed: wanted.failed });
  }
}

/** Duplicates and latecomers are handled as any message is. */
async function workLeftovers(world: World, stages: Stage[]): Promise<void> {
  const queue = world.queue("");
  for (;;) {
    const [received] = await queue.receive({ max: 1, visibilitySeconds: 30, waitSeconds: 0 });
    if (!received) return;
    const hooks = { progress: () => {}, signal: new AbortController().signal };
    const { outcome } = await handle(world, stages, { body: received.body, last: false }, hooks);
    expect(outcome).toBe("skipped");
    await queue.acknowledge(received.receipt);
  }
}

/** Adds up, and says it in one line. */
export function tally(all: Struck[]): { total: Struck; line: string } {
  const total = { ...all[0] };
  for (const each of all.slice(1)) for (const kind of Object.keys(each) as (keyof Struck)[]) total[kind] += each[kind];
  const line = Object.entries(total)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ");
  return { total, line: `${all.length} drills: ${line}` };
}

/** Every kind of fault struck. */
export function assertAllStruck(total: Struck): void {
  for (const [kind, count] of Object.entries(total)) expect(count, kind).toBeGreaterThan(0);
}
