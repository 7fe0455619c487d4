/** A run of three small stages in memory, with time standing still, for tests that go message by message. */
import { expect } from "vitest";
import { drive } from "../../src/pipeline/advance.ts";
import { handle } from "../../src/pipeline/handle.ts";
import type { Ports } from "../../src/pipeline/ports.ts";
import { startRun } from "../../src/pipeline/run.ts";
import type { RoundHistory, Stage, StageContext, WorkItem } from "../../src/pipeline/stage.ts";
import { makeWorld, type World } from "./memory.ts";

export const MINUTE = 60_000;
export let now: number;
export let world: World;
export let worked: string[];
export let history: RoundHistory[];

/** A new world for each test. */
export function reset(): void {
  now = 1_700_000_000_000;
  world = makeWorld({ now: () => now }, 3);
  worked = [];
  history = [];
}

/** Lets time pass. */
export function pass(milliseconds: number): void {
  now += milliseconds;
}

export const hooks = { progress: () => {}, signal: new AbortController().signal };
export const items = (...ids: string[]): WorkItem[] => ids.map((id) => ({ id }));

/** Stages `a`, `b` and `report`; `a` has items x and y, `b` one item a round for two rounds. */
export function makeStages(change: Partial<Record<"a" | "b" | "report", Partial<Stage>>> = {}): Stage[] {
  const work = async (context: StageContext, item: WorkItem) => {
    worked.push(`${context.stage}${context.round} ${item.id}`);
    if (context.stage === "report") history = await context.history();
  };
  const base = { runsOn: "function", mayFail: "some", work } as const;
  return [
    { ...base, name: "a", plan: async (_, round) => (round === 0 ? items("x", "y") : []), ...change.a },
    { ...base, name: "b", plan: async (_, round) => (round < 2 ? items("z") : []), ...change.b },
    { ...base, name: "report", plan: async (_, round) => (round === 0 ? items("report") : []), ...change.report },
  ];
}

/** Works all messages there are; what throws is given back at once. */
export async function workAll(stages: Stage[], ports: Ports = world): Promise<void> {
  const queue = world.queue("");
  for (;;) {
    const [received] = await queue.receive({ max: 1, visibilitySeconds: 60, waitSeconds: 0 });
    if (!received) return;
    try {
      await handle(ports, stages, { body: received.body, last: received.receives >= queue.maxReceives }, hooks);
      await queue.acknowledge(received.receipt);
    } catch {
      await queue.release(received.receipt);
    }
  }
}

export async function start(stages: Stage[], deadlineMinutes = 60): Promise<void> {
  expect(await startRun(world, { run: "r", deadlineMinutes, request: { data: "." } })).toBe(true);
  await drive(world, stages, "r");
}

/** The step at which the run is. */
export const end = async () => (await world.ledger.state("r"))!.step;
