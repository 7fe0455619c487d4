/**
 * Simulated processes that share a world and come to grief: calls fail before or after they took effect, processes die
 * between any two calls, messages are doubled and shuffled. All of it follows from a seed.
 */
import { setImmediate as turn } from "node:timers/promises";
import { handle } from "../../src/pipeline/handle.ts";
import type { Ports, Queue } from "../../src/pipeline/ports.ts";
import type { Stage } from "../../src/pipeline/stage.ts";
import { sweep } from "../../src/pipeline/sweep.ts";
import type { World } from "./memory.ts";

export interface Faults {
  /** Chances that a call fails before it is made, fails after it was made, kills its process, and that a message is sent twice. */
  before: number;
  after: number;
  death: number;
  twice: number;
}

type Call = (...args: unknown[]) => Promise<unknown>;

export class Death extends Error {}

/** A number in [0, 1) at each call. */
export type Dice = () => number;

/** The world as one process sees it, until it dies: then every call fails, as a dead process makes none. */
export function faultyPorts(world: World, dice: Dice, faults: Faults): Ports {
  let dead = false;
  const guard = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    const strike = () => {
      if (dead || dice() < faults.death / 2) {
        dead = true;
        throw new Death("the process died");
      }
    };
    strike();
    if (dice() < faults.before) throw new Error("throttled");
    for (let turns = Math.floor(dice() * 3); turns > 0; turns--) await turn();
    const result = await call();
    strike();
    if (dice() < faults.after) throw new Error("the answer was lost");
    return result;
  };
  const faulty = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const value = (target as Record<string | symbol, unknown>)[name];
        if (name === "list" || name === "stream" || name === "unfinishedRuns") return (value as Call).bind(target);
        if (name === "send") return (bodies: string[]) => guard(() => (target as Queue).send(doubled(bodies)));
        if (name === "dead") return value && faulty(value as Queue);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => guard(() => (value as Call).apply(target, args));
      },
    });
  const doubled = (bodies: string[]) => {
    const all = bodies.flatMap((body) => (dice() < faults.twice ? [body, body] : [body]));
    return all
      .map((body) => ({ body, at: dice() }))
      .sort((a, b) => a.at - b.at)
      .map(({ body }) => body);
  };
  const queue = faulty(world.queue(""));
  return {
    ...world,
    store: faulty(world.store),
    ledger: faulty(world.ledger),
    notifier: faulty(world.notifier),
    queue: () => queue,
  };
}

/** One life of a worker: it takes messages until it dies or nothing is left. */
async function live(ports: Ports, stages: Stage[], visibilitySeconds: number): Promise<void> {
  const queue = ports.queue("");
  for (;;) {
    const [received] = await queue.receive({ max: 1, visibilitySeconds, waitSeconds: 0 });
    if (!received) return;
    try {
      const last = received.receives >= queue.maxReceives;
      const hooks = { progress: () => {}, signal: new AbortController().signal };
      await handle(ports, stages, { body: received.body, last }, hooks);
      await queue.acknowledge(received.receipt);
    } catch (error) {
      if (error instanceof Death) throw error;
      await queue.release(received.receipt, 1);
    }
  }
}

/** Lets `workers` processes and a sweeper work, each replaced when it dies, until the run is over and announced. */
export async function simulate(
  world: World,
  stages: Stage[],
  run: string,
  options: {
    workers: number;
    dice: Dice;
    faults: Faults;
    visibilitySeconds?: number;
    tick(): void;
    mostTicks?: number;
  },
): Promise<void> {
  const { workers, dice, faults, visibilitySeconds = 30, tick, mostTicks = 2000 } = options;
  for (let ticks = 0; ticks < mostTicks; ticks++) {
    const state = await world.ledger.state(run);
    if (state?.step.dispatched && (state.step.kind === "finished" || state.step.kind === "failed")) return;
    const lives = Array.from({ length: workers }, () =>
      live(faultyPorts(world, dice, faults), stages, visibilitySeconds),
    );
    lives.push(sweep(faultyPorts(world, dice, faults), stages, run).then(() => {}));
    await Promise.allSettled(lives);
    tick();
  }
  throw new Error(`Run ${run} is not over after ${mostTicks} ticks.`);
}
