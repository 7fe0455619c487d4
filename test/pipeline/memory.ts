/** The ports in memory, for simulating many runs quickly. One `World` is what several simulated processes share. */
import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "../../src/errors.ts";
import { assertKey } from "../../src/pipeline/keys.ts";
import type {
  Clock,
  Counts,
  Deadlines,
  Ledger,
  ObjectStore,
  Outcome,
  Ports,
  Queue,
  RoundName,
  Step,
} from "../../src/pipeline/ports.ts";

export interface World extends Ports {
  published: string[];
  /** The steps each run went through. */
  steps: Map<string, Step[]>;
  /** The ports of a process with a clock of its own. */
  seenBy?(clock: Clock): Ports;
}

export function makeWorld(clock: Clock = { now: Date.now }, maxReceives = 3): World {
  const store = memoryStore();
  const queue = memoryQueue(clock, maxReceives);
  const steps = new Map<string, Step[]>();
  const published: string[] = [];
  const rounds: Rounds = new Map();
  const deadlines = new Map<string, Deadlines>();
  const seenBy = (clock: Clock): Ports => ({
    store,
    queue: () => queue,
    ledger: memoryLedger(clock, steps, rounds, deadlines),
    notifier: { publish: async ({ run, kind, says }) => void published.push(`${run} ${kind}: ${says}`) },
    clock,
    dataset: () => store,
  });
  return { ...seenBy(clock), published, steps, seenBy };
}

export function memoryStore(): ObjectStore {
  const objects = new Map<string, Uint8Array>();
  const get = (key: string) => {
    assertKey(key);
    const bytes = objects.get(key);
    if (bytes) return bytes;
    throw new InputError({ file: key, problem: "There is no such object.", remedy: "Put it there." });
  };
  const put = async (key: string, bytes: Uint8Array) => {
    assertKey(key);
    objects.set(key, bytes.slice());
  };
  return {
    put,
    putIfAbsent: async (key, bytes) => {
      assertKey(key);
      if (objects.has(key)) return false;
      objects.set(key, bytes.slice());
      return true;
    },
    read: async (key) => get(key),
    async *stream(key) {
      yield get(key);
    },
    async *list(prefix = "") {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
      keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      for (const key of keys) yield { key, bytes: objects.get(key)!.length };
    },
    exists: async (key) => objects.has(key),
    delete: async (key) => void objects.delete(key),
  };
}

interface Letter {
  body: string;
  receives: number;
  visibleAt: number;
  receipt?: string;
}

export function memoryQueue(clock: Clock, maxReceives: number, isDead = false): Queue {
  const letters = new Set<Letter>();
  const dead = isDead ? undefined : memoryQueue(clock, Number.POSITIVE_INFINITY, true);
  let receipts = 0;
  const held = (receipt: string) => [...letters].find((letter) => letter.receipt === receipt);
  const bury = async () => {
    for (const letter of letters) {
      if (letter.receives < maxReceives || letter.visibleAt > clock.now()) continue;
      letters.delete(letter);
      await dead?.send([letter.body]);
    }
  };
  return {
    maxReceives,
    dead,
    send: async (bodies) => {
      for (const body of bodies) letters.add({ body, receives: 0, visibleAt: 0 });
    },
    receive: async ({ max, visibilitySeconds, waitSeconds, signal }) => {
      const until = clock.now() + waitSeconds * 1000;
      for (;;) {
        await bury();
        const visible = [...letters].filter(({ visibleAt }) => visibleAt <= clock.now()).slice(0, max);
        if (visible.length > 0 || clock.now() >= until || signal?.aborted) {
          return visible.map((letter) => {
            letter.visibleAt = clock.now() + visibilitySeconds * 1000;
            letter.receipt = `receipt-${receipts++}`;
            return { body: letter.body, receipt: letter.receipt, receives: ++letter.receives };
          });
        }
        await sleep(20);
      }
    },
    extend: async (receipt, visibilitySeconds) => {
      const letter = held(receipt);
      if (letter) letter.visibleAt = clock.now() + visibilitySeconds * 1000;
      return letter !== undefined;
    },
    acknowledge: async (receipt) => void letters.delete(held(receipt)!),
    release: async (receipt, delaySeconds = 0) => {
      const letter = held(receipt);
      if (letter) letter.visibleAt = clock.now() + delaySeconds * 1000;
    },
    depth: async () => {
      await bury();
      const inFlight = [...letters].filter(({ visibleAt }) => visibleAt > clock.now()).length;
      return { ready: letters.size - inFlight, inFlight };
    },
  };
}

type Rounds = Map<string, { total: number; outcomes: Map<string, Outcome>; lastAt?: number }>;

export function memoryLedger(
  clock: Clock,
  steps: Map<string, Step[]> = new Map(),
  rounds: Rounds = new Map(),
  deadlinesOf: Map<string, Deadlines> = new Map(),
): Ledger {
  const name = (run: string, { stage, round }: RoundName) => `${run} ${stage} ${round}`;
  const roundOf = (run: string, round: RoundName) => {
    const found = rounds.get(name(run, round));
    if (!found) throw new Error(`There is no round ${name(run, round)}.`);
    return found;
  };
  const push = (run: string, from: number, step: Omit<Step, "number" | "dispatched" | "openedAt">) => {
    const all = steps.get(run);
    if (!all || all.length !== from + 1) return false;
    all.push({ ...step, number: from + 1, dispatched: false, openedAt: clock.now() });
    return true;
  };
  return {
    open: async (run, deadlines) => {
      if (steps.has(run)) return false;
      deadlinesOf.set(run, deadlines);
      const opened = { stage: "", round: 0, total: 0, openedAt: clock.now(), dispatched: false };
      steps.set(run, [{ number: 0, kind: "opened", ...opened }]);
      return true;
    },
    state: async (run) => {
      const all = steps.get(run);
      if (!all) return undefined;
      return { run, openedAt: all[0].openedAt, ...deadlinesOf.get(run)!, step: { ...all.at(-1)! } };
    },
    async *unfinishedRuns() {
      for (const [run, all] of steps) {
        const { kind, dispatched } = all.at(-1)!;
        if (!(dispatched && (kind === "finished" || kind === "failed"))) yield run;
      }
    },
    advance: async (run, from, { stage, round, items }) => {
      if (!rounds.has(name(run, { stage, round }))) {
        rounds.set(name(run, { stage, round }), { total: items.length, outcomes: new Map() });
      }
      return push(run, from, { kind: "round", stage, round, total: items.length });
    },
    finish: async (run, from, ending) => push(run, from, { stage: "", round: 0, total: 0, ...ending }),
    dispatched: async (run, number) => {
      steps.get(run)![number].dispatched = true;
    },
    record: async (run, round, item, outcome) => {
      const at = roundOf(run, round);
      if (at.outcomes.has(item)) return { counted: false, won: false };
      at.outcomes.set(item, outcome);
      at.lastAt = clock.now();
      return { counted: true, won: at.outcomes.size === at.total };
    },
    recorded: async (run, round, item) => roundOf(run, round).outcomes.has(item),
    counts: async (run, round): Promise<Counts> => {
      if (round.stage === "") return { total: 0, done: 0, failed: 0 };
      const { total, outcomes, lastAt } = roundOf(run, round);
      const failed = [...outcomes.values()].filter(({ status }) => status === "failed").length;
      return { total, done: outcomes.size - failed, failed, lastAt };
    },
    outcomes: async (run, round) => new Map(rounds.get(name(run, round))?.outcomes),
    postpone: async (run, deadlines) => void deadlinesOf.set(run, deadlines),
  };
}
