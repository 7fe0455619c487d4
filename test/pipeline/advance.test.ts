/** How a run moves, one message at a time. */
import { beforeEach, describe, expect, test } from "vitest";
import { InputError, PermanentError } from "../../src/errors.ts";
import { drive } from "../../src/pipeline/advance.ts";
import { errorOf } from "../../src/pipeline/failure.ts";
import { handle } from "../../src/pipeline/handle.ts";
import type { Ports } from "../../src/pipeline/ports.ts";
import { readRequest, startRun, status } from "../../src/pipeline/run.ts";
import type { RoundHistory, Stage, StageContext, WorkItem } from "../../src/pipeline/stage.ts";
import { sweep, sweepAll } from "../../src/pipeline/sweep.ts";
import { makeWorld, type World } from "./memory.ts";

const MINUTE = 60_000;
let now: number;
let world: World;
let worked: string[];
let history: RoundHistory[];

beforeEach(() => {
  now = 1_700_000_000_000;
  world = makeWorld({ now: () => now }, 3);
  worked = [];
  history = [];
});

const hooks = { progress: () => {}, signal: new AbortController().signal };
const items = (...ids: string[]): WorkItem[] => ids.map((id) => ({ id }));

/** Stages `a`, `b` and `report`; `a` has items x and y, `b` one item a round for two rounds. */
function makeStages(change: Partial<Record<"a" | "b" | "report", Partial<Stage>>> = {}): Stage[] {
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
async function workAll(stages: Stage[], ports: Ports = world): Promise<void> {
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

async function start(stages: Stage[], deadlineMinutes = 60): Promise<void> {
  expect(await startRun(world, { run: "r", deadlineMinutes, request: { data: "." } })).toBe(true);
  await drive(world, stages, "r");
}

const end = async () => (await world.ledger.state("r"))!.step;

test("stages follow each other, round by round, and the end is announced", async () => {
  const stages = makeStages();
  await start(stages);
  await workAll(stages);
  expect(worked).toEqual(["a0 x", "a0 y", "b0 z", "b1 z", "report0 report"]);
  expect(await end()).toMatchObject({ kind: "finished", dispatched: true });
  expect(world.published).toEqual(["r finished: The run is finished."]);
  expect(history.map(({ stage, round }) => `${stage}${round}`)).toEqual(["a0", "b0", "b1", "report0"]);
  expect(await readRequest(world, "r")).toEqual({ data: "." });
});

test("a run is started once; the first request stands", async () => {
  await start(makeStages());
  expect(await startRun(world, { run: "r", deadlineMinutes: 1, request: { data: "other" } })).toBe(false);
  expect(await readRequest(world, "r")).toEqual({ data: "." });
});

test("a stage that plans nothing is passed over, and a run of nothing is finished at once", async () => {
  const nothing = { plan: async () => [] };
  await start(makeStages({ a: nothing, b: nothing, report: nothing }));
  expect(await end()).toMatchObject({ kind: "finished", number: 1 });
});

test("says where a run stands", async () => {
  const stages = makeStages();
  await start(stages);
  const [first] = await world.queue("").receive({ max: 1, visibilitySeconds: 60, waitSeconds: 0 });
  now += 2000;
  await handle(world, stages, { body: first.body, last: false }, hooks);
  expect(await status(world, "r")).toMatchObject({
    stage: "a",
    round: 0,
    total: 2,
    done: 1,
    failed: 0,
    perSecond: 0.5,
  });
  expect((await status(world, "r"))!.lastEvent).toEqual({ at: now, says: "a: 1 of 2 done" });
  expect(await status(world, "nobody")).toBeUndefined();
});

describe("an item", () => {
  const failing = (error: Error, times = Number.POSITIVE_INFINITY) => ({
    work: async (_: StageContext, item: WorkItem) => {
      worked.push(item.id);
      if (item.id === "x" && worked.filter((id) => id === "x").length <= times) throw error;
    },
  });

  test("that fails for good is recorded with its reason, and the run goes on", async () => {
    const stages = makeStages({ a: failing(new PermanentError("No image in it.")) });
    await start(stages);
    await workAll(stages);
    expect(worked.filter((id) => id === "x")).toHaveLength(1);
    expect(history[0].outcomes.get("x")).toEqual({ status: "failed", failure: { says: "No image in it." } });
    expect(await end()).toMatchObject({ kind: "finished" });
  });

  test("that stumbles is tried again", async () => {
    const stages = makeStages({ a: failing(new Error("throttled"), 2) });
    await start(stages);
    await workAll(stages);
    expect(worked.filter((id) => id === "x")).toHaveLength(3);
    expect(history[0].outcomes.get("x")).toEqual({ status: "done" });
  });

  test("that stumbles each time is recorded as failed after the last try", async () => {
    const stages = makeStages({ a: failing(new Error("throttled")) });
    await start(stages);
    await workAll(stages);
    expect(worked.filter((id) => id === "x")).toHaveLength(3);
    expect(history[0].outcomes.get("x")).toEqual({ status: "failed", failure: { says: "throttled" } });
  });

  test("whose process dies each time is found among the dead letters", async () => {
    const stages = makeStages();
    await start(stages);
    const queue = world.queue("");
    for (let n = 0; n < 3; n++) {
      await queue.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 });
      now += MINUTE + 1;
    }
    // The first sweep may find the queue burying them, the second one records them.
    await sweep(world, stages, "r");
    expect((await queue.depth()).ready).toBe(0);
    await sweep(world, stages, "r");
    expect(await end()).toMatchObject({ kind: "failed" });
    expect((await end()).says).toMatch(/tried 3 times/);
  });

  test("that meets a full disk is not recorded: the run stops where it is", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    const stages = makeStages({ a: failing(new PermanentError("cannot write", { cause: full })) });
    await start(stages);
    for (const last of [false, true]) {
      const body = JSON.stringify({ run: "r", stage: "a", round: 0, item: "x" });
      await expect(handle(world, stages, { body, last }, hooks)).rejects.toThrow("cannot write");
    }
    expect(await world.ledger.counts("r", { stage: "a", round: 0 })).toMatchObject({ done: 0, failed: 0 });
  });
});

test.each([
  ["none", 1, "failed"],
  ["some", 1, "finished"],
  ["some", 2, "failed"],
  ["all", 2, "finished"],
] as const)("where %s of the items may fail and %i of 2 do, the run is %s", async (mayFail, fails, kind) => {
  const bad = ["x", "y"].slice(0, fails);
  const problem = new InputError({
    file: "errata.json",
    field: "data",
    problem: "There is nothing.",
    remedy: "Put images there.",
  });
  const work = async (_: StageContext, { id }: WorkItem) => {
    if (bad.includes(id)) throw problem;
  };
  const stages = makeStages({ a: { mayFail, work } });
  await start(stages);
  await workAll(stages);
  expect((await end()).kind).toBe(kind);
  if (kind === "finished") return;
  expect(world.published).toEqual([`r failed: ${problem.message}`]);
  const error = errorOf((await end()).failure!);
  expect(error).toBeInstanceOf(InputError);
  expect({ ...error, message: error.message }).toEqual({ ...problem, message: problem.message });
});

describe("a plan", () => {
  test("that cannot be made for good ends the run with the reason", async () => {
    const plan = async () => {
      throw new PermanentError("The recipe does not fit.");
    };
    const stages = makeStages({ b: { plan } });
    await start(stages);
    await workAll(stages);
    expect(await end()).toMatchObject({ kind: "failed", says: "The recipe does not fit." });
  });

  test("that cannot be made for now is made later", async () => {
    let tries = 0;
    const plan: Stage["plan"] = async (_, round) => {
      if (++tries < 3) throw new Error("throttled");
      return round === 0 ? items("z") : [];
    };
    const stages = makeStages({ b: { plan } });
    await start(stages);
    await workAll(stages);
    expect(await end()).toMatchObject({ kind: "finished" });
  });

  test("that fails at every try ends the run", async () => {
    const plan = async () => {
      throw new TypeError("undefined is not a plan");
    };
    const stages = makeStages({ b: { plan } });
    await start(stages);
    await workAll(stages);
    expect(await end()).toMatchObject({ kind: "failed", says: "undefined is not a plan" });
  });

  test("with an item twice, or with a bad id, ends the run", async () => {
    const stages = makeStages({ b: { plan: async () => items("z", "z") } });
    await start(stages);
    await workAll(stages);
    expect((await end()).says).toMatch(/item z twice/);
  });
});

describe("messages", () => {
  test("may come twice and late: each item is worked once", async () => {
    const stages = makeStages();
    await start(stages);
    const bodies = ["x", "y", "x", "y"].map((item) => JSON.stringify({ run: "r", stage: "a", round: 0, item }));
    await world.queue("").send(bodies);
    await workAll(stages);
    for (const body of bodies) {
      expect(await handle(world, stages, { body, last: false }, hooks)).toMatchObject({ outcome: "skipped" });
    }
    expect(worked).toEqual(["a0 x", "a0 y", "b0 z", "b1 z", "report0 report"]);
  });

  test("of items that were never planned count for nothing", async () => {
    const stages = makeStages();
    await start(stages);
    const body = JSON.stringify({ run: "r", stage: "a", round: 0, item: "stranger" });
    expect(await handle(world, stages, { body, last: true }, hooks)).toMatchObject({ outcome: "skipped" });
    expect(await world.ledger.counts("r", { stage: "a", round: 0 })).toMatchObject({ done: 0, failed: 0 });
  });

  test.each([
    "",
    "no json",
    "{}",
    '{"run":"../r","stage":"a","round":0,"item":"x"}',
    '{"run":"unknown","stage":"a","round":0,"item":"x"}',
  ])("that are not ours are passed over: %j", async (body) => {
    await start(makeStages());
    expect(await handle(world, makeStages(), { body, last: true }, hooks)).toMatchObject({ outcome: "skipped" });
  });
});

describe("a winner that dies", () => {
  /** The world, where the named call kills the process at its `at`-th use, before or after it took effect. */
  function dying(port: "store" | "ledger" | "queue", name: string, when: "before" | "after"): Ports {
    let dead = false;
    const wrap = <Port extends object>(target: Port, watched: boolean): Port =>
      new Proxy(target, {
        get: (object, property) => {
          const value = (object as Record<string | symbol, unknown>)[property];
          if (typeof value !== "function" || property === "list") return value;
          return async (...args: unknown[]) => {
            const strikes = watched && property === name;
            if (dead || (strikes && when === "before")) {
              dead = true;
              throw new Error("the process died");
            }
            const result = await value.apply(object, args);
            if (strikes) {
              dead = true;
              throw new Error("the process died");
            }
            return result;
          };
        },
      });
    const queue = wrap(world.queue(""), port === "queue");
    return {
      ...world,
      store: wrap(world.store, port === "store"),
      ledger: wrap(world.ledger, port === "ledger"),
      queue: () => queue,
    };
  }

  test.each([
    ["ledger", "record", "before"],
    ["ledger", "record", "after"],
    ["store", "putIfAbsent", "before"],
    ["store", "putIfAbsent", "after"],
    ["ledger", "advance", "before"],
    ["ledger", "advance", "after"],
    ["queue", "send", "before"],
    ["queue", "send", "after"],
    ["ledger", "dispatched", "before"],
    ["ledger", "dispatched", "after"],
  ] as const)("at %s.%s (%s it took effect) is made good by its message alone", async (port, name, when) => {
    const stages = makeStages();
    await start(stages);
    const x = JSON.stringify({ run: "r", stage: "a", round: 0, item: "x" });
    const y = JSON.stringify({ run: "r", stage: "a", round: 0, item: "y" });
    await handle(world, stages, { body: x, last: false }, hooks);
    await expect(handle(dying(port, name, when), stages, { body: y, last: false }, hooks)).rejects.toThrow("died");
    await workAll(stages);
    expect(await end()).toMatchObject({ kind: "finished", dispatched: true });
    expect([...new Set(worked)]).toEqual(["a0 x", "a0 y", "b0 z", "b1 z", "report0 report"]);
  });

  test("before it announces the end is made good by the sweeper", async () => {
    const stages = makeStages({ report: { plan: async () => [] }, b: { plan: async () => [] } });
    await start(stages);
    const silent: Ports = { ...world, notifier: { publish: () => Promise.reject(new Error("no network")) } };
    const letters = await world.queue("").receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 });
    for (const { body } of letters) await handle(silent, stages, { body, last: false }, hooks).catch(() => {});
    expect(await end()).toMatchObject({ kind: "finished", dispatched: false });
    expect(await sweepAll(world, stages)).toEqual(["r"]);
    expect(world.published).toEqual(["r finished: The run is finished."]);
    expect(await sweepAll(world, stages)).toEqual([]);
  });
});

describe("the sweeper", () => {
  test("sends again what was lost, and nothing while messages are about", async () => {
    const stages = makeStages();
    await start(stages);
    await sweep(world, stages, "r");
    expect((await world.queue("").depth()).ready).toBe(2);
    const lost = await world.queue("").receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 });
    for (const { receipt } of lost) await world.queue("").acknowledge(receipt);
    await sweep(world, stages, "r");
    expect((await world.queue("").depth()).ready).toBe(2);
  });

  test("sends again after a quiet time, where the queue serves other runs too", async () => {
    const stages = makeStages();
    await start(stages);
    now += 10 * MINUTE;
    await sweep(world, stages, "r", { quietSeconds: 3600 });
    expect((await world.queue("").depth()).ready).toBe(2);
    now += 60 * MINUTE;
    await world.ledger.postpone("r", { deadline: now + MINUTE, finalDeadline: now + 2 * MINUTE });
    await sweep(world, stages, "r", { quietSeconds: 3600 });
    expect((await world.queue("").depth()).ready).toBe(4);
  });

  test("goes straight to the report once the deadline has passed, which sees what is missing", async () => {
    const stages = makeStages();
    await start(stages, 10);
    await handle(
      world,
      stages,
      { body: JSON.stringify({ run: "r", stage: "a", round: 0, item: "x" }), last: false },
      hooks,
    );
    now += 11 * MINUTE;
    await sweep(world, stages, "r");
    await workAll(stages);
    expect(worked).toEqual(["a0 x", "report0 report"]);
    expect(history[0].items.map(({ id }) => id).filter((id) => !history[0].outcomes.has(id))).toEqual(["y"]);
    expect(await end()).toMatchObject({ kind: "finished" });
  });

  test("ends a run whose report does not come either", async () => {
    const stages = makeStages();
    await start(stages, 10);
    now += 11 * MINUTE;
    await sweep(world, stages, "r");
    now += 10 * MINUTE;
    await sweep(world, stages, "r");
    expect(await end()).toMatchObject({ kind: "failed", dispatched: true });
    expect((await end()).says).toMatch(/No report was ready 20 minutes after the start: stage report did not end/);
  });

  test("tells work that the deadline has passed", async () => {
    const work: Stage["work"] = async (_context, _item, { signal }) => {
      now += 2 * MINUTE;
      await new Promise((resolve) => setTimeout(resolve, 50));
      signal.throwIfAborted();
    };
    const stages = makeStages({ a: { work } });
    await startRun(world, { run: "r", deadlineMinutes: 0.0001, request: {} });
    await world.ledger.postpone("r", { deadline: now + 10, finalDeadline: now + 60 * MINUTE });
    await drive(world, stages, "r");
    const body = JSON.stringify({ run: "r", stage: "a", round: 0, item: "x" });
    expect(await handle(world, stages, { body, last: false }, hooks)).toMatchObject({ outcome: "skipped" });
    expect(await end()).toMatchObject({ kind: "round", stage: "report" });
  });
});
