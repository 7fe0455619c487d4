/** Processes that die at the worst moment, messages that are lost, deadlines that pass. */
import { beforeEach, describe, expect, test } from "vitest";
import { drive } from "../../src/pipeline/advance.ts";
import { handle } from "../../src/pipeline/handle.ts";
import type { Ports } from "../../src/pipeline/ports.ts";
import { startRun } from "../../src/pipeline/run.ts";
import type { Stage } from "../../src/pipeline/stage.ts";
import { sweep, sweepAll } from "../../src/pipeline/sweep.ts";
import { end, history, hooks, MINUTE, makeStages, now, pass, reset, start, workAll, worked, world } from "./script.ts";

beforeEach(reset);

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
    pass(10 * MINUTE);
    await sweep(world, stages, "r", { quietSeconds: 3600 });
    expect((await world.queue("").depth()).ready).toBe(2);
    pass(60 * MINUTE);
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
    pass(11 * MINUTE);
    await sweep(world, stages, "r");
    await workAll(stages);
    expect(worked).toEqual(["a0 x", "report0 report"]);
    expect(history[0].items.map(({ id }) => id).filter((id) => !history[0].outcomes.has(id))).toEqual(["y"]);
    expect(await end()).toMatchObject({ kind: "finished" });
  });

  test("ends a run whose report does not come either", async () => {
    const stages = makeStages();
    await start(stages, 10);
    pass(11 * MINUTE);
    await sweep(world, stages, "r");
    pass(10 * MINUTE);
    await sweep(world, stages, "r");
    expect(await end()).toMatchObject({ kind: "failed", dispatched: true });
    expect((await end()).says).toMatch(/No report was ready 20 minutes after the start: stage report did not end/);
  });

  test("tells work that the deadline has passed", async () => {
    const work: Stage["work"] = async (_context, _item, { signal }) => {
      pass(2 * MINUTE);
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
