/** How a run moves, one message at a time. */
import { beforeEach, describe, expect, test } from "vitest";
import { InputError, PermanentError } from "../../src/errors.ts";
import { errorOf } from "../../src/pipeline/failure.ts";
import { handle } from "../../src/pipeline/handle.ts";
import { readRequest, startRun, status } from "../../src/pipeline/run.ts";
import type { Stage, StageContext, WorkItem } from "../../src/pipeline/stage.ts";
import { sweep } from "../../src/pipeline/sweep.ts";
import {
  end,
  history,
  hooks,
  items,
  MINUTE,
  makeStages,
  now,
  pass,
  reset,
  start,
  workAll,
  worked,
  world,
} from "./script.ts";

beforeEach(reset);

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
  pass(2000);
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
      pass(MINUTE + 1);
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

  test("of an item that is recorded are not worked again while others of its round are under way", async () => {
    const stages = makeStages();
    await start(stages);
    const body = JSON.stringify({ run: "r", stage: "a", round: 0, item: "x" });
    expect(await handle(world, stages, { body, last: false }, hooks)).toMatchObject({ outcome: "done" });
    expect(await handle(world, stages, { body, last: false }, hooks)).toMatchObject({ outcome: "skipped" });
    expect(worked).toEqual(["a0 x"]);
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
