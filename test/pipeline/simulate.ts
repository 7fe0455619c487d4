/**
 * Simulated processes that share a world and come to grief: calls fail before or after they took effect, processes die
 * between any two calls and in the middle of their work, messages are doubled, delayed and shuffled, clocks differ. All of it
 * follows from a seed.
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
  /** Chance that a message arrives some ticks late, up to ten. */
  late?: number;
  /** Chance that the process is killed in the middle of an item's work. */
  midWork?: number;
  /** An item of the first stage that kills whoever works on it, always. */
  poison?: string;
  /** Clocks of two processes differ by up to twice so many milliseconds. */
  skewMs?: number;
}

type Call = (...args: unknown[]) => Promise<unknown>;

export class Death extends Error {}

/** An error as a place gives it. */
const outage = (says: string): Error => Object.assign(new Error(says), { code: "ECONNRESET" });

/** A number in [0, 1) at each call. */
export type Dice = () => number;

/** What struck, by kind: a drill in which nothing happened shows nothing. */
export type Struck = Record<
  "throttled" | "answer lost" | "death" | "twice" | "late" | "death in work" | "skew",
  number
>;
export const nothingStruck = (): Struck => ({
  throttled: 0,
  "answer lost": 0,
  death: 0,
  twice: 0,
  late: 0,
  "death in work": 0,
  skew: 0,
});

/** What all processes of a simulation share: chance, what it did, and messages that are on their way. */
export interface Weather {
  dice: Dice;
  faults: Faults;
  struck: Struck;
  onTheWay: { body: string; ticks: number; queue: Queue }[];
}

const MOST_TICKS_LATE = 10;

/** One process: the world as it sees it until it dies. Then every call fails, as a dead process makes none. */
export interface Life {
  ports: Ports;
  die(): Death;
  stages(stages: Stage[]): Stage[];
}

export function beginLife(world: World, weather: Weather): Life {
  const { dice, faults, struck } = weather;
  let dead = false;
  const die = () => {
    dead = true;
    return new Death("the process died");
  };
  const strike = () => {
    if (dead) throw die();
    if (dice() >= faults.death / 2) return;
    struck.death++;
    throw die();
  };
  const guard = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    strike();
    if (dice() < faults.before) {
      struck.throttled++;
      throw outage("throttled");
    }
    for (let turns = Math.floor(dice() * 3); turns > 0; turns--) await turn();
    const result = await call();
    strike();
    if (dice() < faults.after) {
      struck["answer lost"]++;
      throw outage("the answer was lost");
    }
    return result;
  };
  const send = async (queue: Queue, bodies: string[]) => {
    const now: string[] = [];
    for (const body of bodies) {
      const copies = dice() < faults.twice ? 2 : 1;
      struck.twice += copies - 1;
      for (let copy = 0; copy < copies; copy++) {
        if (dice() >= (faults.late ?? 0)) now.push(body);
        else {
          struck.late++;
          weather.onTheWay.push({ body, ticks: 1 + Math.floor(dice() * MOST_TICKS_LATE), queue });
        }
      }
    }
    const shuffled = now.map((body) => ({ body, at: dice() })).sort((a, b) => a.at - b.at);
    await queue.send(shuffled.map(({ body }) => body));
  };
  const faulty = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const value = (target as Record<string | symbol, unknown>)[name];
        if (name === "list" || name === "stream" || name === "unfinishedRuns") return (value as Call).bind(target);
        if (name === "send") return (bodies: string[]) => guard(() => send(target as Queue, bodies));
        if (name === "dead") return value && faulty(value as Queue);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => guard(() => (value as Call).apply(target, args));
      },
    });
  const skew = Math.round((2 * dice() - 1) * (faults.skewMs ?? 0));
  if (skew !== 0) struck.skew++;
  const clock = { now: () => world.clock.now() + skew };
  const seen = world.seenBy?.(clock) ?? world;
  const queue = faulty(seen.queue(""));
  const ports = {
    ...seen,
    clock,
    store: faulty(seen.store),
    ledger: faulty(seen.ledger),
    notifier: faulty(world.notifier),
    queue: () => queue,
  };
  const mortal = (stage: Stage, first: boolean): Stage => ({
    ...stage,
    work: async (context, item, hooks) => {
      const poisoned = first && item.id === faults.poison;
      if (poisoned || dice() < (faults.midWork ?? 0)) {
        struck["death in work"]++;
        throw die();
      }
      await stage.work(context, item, hooks);
    },
  });
  return { ports, die, stages: (stages) => stages.map((stage, n) => mortal(stage, n === 0)) };
}

/** Messages whose time has come arrive. */
async function arrive(weather: Weather): Promise<void> {
  for (const each of weather.onTheWay) each.ticks--;
  const due = weather.onTheWay.filter(({ ticks }) => ticks <= 0);
  weather.onTheWay = weather.onTheWay.filter(({ ticks }) => ticks > 0);
  for (const { queue, body } of due) await queue.send([body]);
}

/** A worker takes messages until it dies or nothing is left. */
async function live({ ports, stages: mortal }: Life, all: Stage[], visibilitySeconds: number): Promise<void> {
  const queue = ports.queue("");
  const stages = mortal(all);
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

export interface Simulation {
  workers: number;
  dice: Dice;
  faults: Faults;
  visibilitySeconds?: number;
  /** Lets time pass. */
  tick(): void | Promise<void>;
  mostTicks?: number;
}

/** Lets `workers` processes and a sweeper work, each replaced when it dies, until the run is over and announced. */
export async function simulate(world: World, stages: Stage[], run: string, options: Simulation): Promise<Struck> {
  const { workers, dice, faults, visibilitySeconds = 30, tick, mostTicks = 2000 } = options;
  const weather: Weather = { dice, faults, struck: nothingStruck(), onTheWay: [] };
  for (let ticks = 0; ticks < mostTicks; ticks++) {
    const state = await world.ledger.state(run);
    if (state?.step.dispatched && (state.step.kind === "finished" || state.step.kind === "failed")) {
      // What was still on its way comes after the end.
      weather.onTheWay = weather.onTheWay.map((each) => ({ ...each, ticks: 0 }));
      await arrive(weather);
      return weather.struck;
    }
    const lives = Array.from({ length: workers }, () => live(beginLife(world, weather), stages, visibilitySeconds));
    lives.push(sweep(beginLife(world, weather).ports, stages, run).then(() => {}));
    await Promise.allSettled(lives);
    await arrive(weather);
    await tick();
  }
  throw new Error(`Run ${run} is not over after ${mostTicks} ticks.`);
}
