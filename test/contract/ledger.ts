/** What every ledger must do: count exactly, and let one caller win. */
import { expect, test } from "vitest";
import type { Ledger, Outcome } from "../../src/pipeline/ports.ts";

const deadlines = { deadline: 5_000_000_000_000, finalDeadline: 6_000_000_000_000 };
const done: Outcome = { status: "done" };
const failed: Outcome = { status: "failed", failure: { says: "It is broken.", file: "a.png", remedy: "Mend it." } };
const ids = (count: number) => Array.from({ length: count }, (_, n) => `item-${n}`);
const first = { stage: "first", round: 0 };

let counter = 0;

/** `open` gives a ledger; each test makes a run of its own. */
export function ledgerContract(open: () => Promise<Ledger>): void {
  const opened = async (items?: string[]) => {
    const ledger = await open();
    const run = `run-${process.pid}-${counter++}`;
    expect(await ledger.open(run, deadlines)).toBe(true);
    if (items) expect(await ledger.advance(run, 0, { ...first, items })).toBe(true);
    return { ledger, run };
  };

  test("opens a run once, and knows none that was not opened", async () => {
    const { ledger, run } = await opened();
    const again = await Promise.all(
      Array.from({ length: 8 }, () => ledger.open(run, { deadline: 1, finalDeadline: 2 })),
    );
    expect(again.filter(Boolean)).toEqual([]);
    const state = await ledger.state(run);
    expect(state).toMatchObject({ run, ...deadlines, step: { number: 0, kind: "opened", total: 0 } });
    expect(await ledger.state("run-nobody-opened")).toBeUndefined();
    expect(await ledger.counts(run, state!.step)).toMatchObject({ total: 0, done: 0, failed: 0 });
  });

  test("lets one of many open a run, advance it, and end it", async () => {
    const ledger = await open();
    const run = `run-${process.pid}-${counter++}`;
    const many = <Result>(call: (n: number) => Promise<Result>) =>
      Promise.all(Array.from({ length: 20 }, (_, n) => call(n)));
    expect((await many(() => ledger.open(run, deadlines))).filter(Boolean)).toHaveLength(1);
    const advanced = await many(() => ledger.advance(run, 0, { ...first, items: ids(3) }));
    expect(advanced.filter(Boolean)).toHaveLength(1);
    expect((await ledger.state(run))!.step).toMatchObject({ number: 1, kind: "round", ...first, total: 3 });
    const ended = await many((n) =>
      n % 2
        ? ledger.finish(run, 1, { kind: "finished", says: `end ${n}` })
        : ledger.advance(run, 1, { stage: "second", round: 0, items: ids(1) }),
    );
    expect(ended.filter(Boolean)).toHaveLength(1);
    expect((await ledger.state(run))!.step.number).toBe(2);
  });

  test("does not go back", async () => {
    const { ledger, run } = await opened(ids(1));
    expect(await ledger.advance(run, 0, { ...first, items: ids(1) })).toBe(false);
    expect(await ledger.finish(run, 0, { kind: "finished", says: "" })).toBe(false);
    expect((await ledger.state(run))!.step).toMatchObject({ number: 1, kind: "round" });
  });

  test("remembers that a step's messages were sent, of that step only", async () => {
    const { ledger, run } = await opened(ids(1));
    expect((await ledger.state(run))!.step.dispatched).toBe(false);
    await ledger.dispatched(run, 1);
    await ledger.dispatched(run, 1);
    expect((await ledger.state(run))!.step.dispatched).toBe(true);
    await ledger.advance(run, 1, { stage: "second", round: 0, items: ids(1) });
    await ledger.dispatched(run, 1);
    expect((await ledger.state(run))!.step.dispatched).toBe(false);
  });

  test("records an item once, whatever is said later", async () => {
    const { ledger, run } = await opened(ids(3));
    expect(await ledger.recorded(run, first, "item-0")).toBe(false);
    expect(await ledger.record(run, first, "item-0", done)).toEqual({ counted: true, won: false });
    expect(await ledger.recorded(run, first, "item-0")).toBe(true);
    expect(await ledger.record(run, first, "item-0", failed)).toEqual({ counted: false, won: false });
    expect(await ledger.record(run, first, "item-1", failed)).toEqual({ counted: true, won: false });
    expect(await ledger.record(run, first, "item-1", done)).toEqual({ counted: false, won: false });
    expect(await ledger.counts(run, first)).toMatchObject({ total: 3, done: 1, failed: 1 });
    expect(await ledger.outcomes(run, first)).toEqual(
      new Map([
        ["item-0", done],
        ["item-1", failed],
      ]),
    );
    expect(await ledger.record(run, first, "item-2", done)).toEqual({ counted: true, won: true });
    expect(await ledger.record(run, first, "item-2", done)).toEqual({ counted: false, won: false });
    expect((await ledger.counts(run, first)).lastAt).toBeGreaterThan(1_600_000_000_000);
  });

  test("keeps the rounds and stages of a run, and the runs, apart", async () => {
    const { ledger, run } = await opened(ids(2));
    const other = await opened(ids(2));
    await ledger.record(run, first, "item-0", done);
    await ledger.record(run, first, "item-1", done);
    const again = { stage: "first", round: 1 };
    await ledger.advance(run, 1, { ...again, items: ids(2) });
    expect(await ledger.recorded(run, again, "item-0")).toBe(false);
    expect(await ledger.counts(run, again)).toMatchObject({ total: 2, done: 0, failed: 0 });
    expect(await ledger.counts(run, first)).toMatchObject({ total: 2, done: 2, failed: 0 });
    expect(await other.ledger.counts(other.run, first)).toMatchObject({ total: 2, done: 0 });
  });

  test("counts 100 concurrent completions and their duplicates exactly, with one winner", async () => {
    const { ledger, run } = await opened(ids(100));
    const calls = [...ids(100), ...ids(100), ...ids(100)].map((item, n) =>
      ledger.record(run, first, item, n % 7 === 0 ? failed : done),
    );
    const results = await Promise.all(calls);
    expect(results.filter(({ counted }) => counted)).toHaveLength(100);
    expect(results.filter(({ won }) => won)).toHaveLength(1);
    const counts = await ledger.counts(run, first);
    expect(counts.done + counts.failed).toBe(100);
    const statuses = [...(await ledger.outcomes(run, first)).values()].map(({ status }) => status);
    expect(statuses).toHaveLength(100);
    expect(statuses.filter((status) => status === "failed")).toHaveLength(counts.failed);
  });

  test("holds 2,000 items of the longest names", async () => {
    const items = Array.from({ length: 2000 }, (_, n) => `${String(n).padStart(5, "0")}-${"x".repeat(94)}`);
    const { ledger, run } = await opened(items);
    let won = 0;
    for (let at = 0; at < items.length; at += 50) {
      const results = await Promise.all(items.slice(at, at + 50).map((item) => ledger.record(run, first, item, done)));
      expect(results.every(({ counted }) => counted)).toBe(true);
      won += results.filter((result) => result.won).length;
    }
    expect(won).toBe(1);
    expect(await ledger.counts(run, first)).toMatchObject({ total: 2000, done: 2000, failed: 0 });
    expect((await ledger.outcomes(run, first)).size).toBe(2000);
  });

  test("refuses an item of a round that was never opened", async () => {
    const { ledger, run } = await opened(ids(1));
    await expect(ledger.record(run, { stage: "first", round: 7 }, "item-0", done)).rejects.toThrow();
  });

  test("lists the runs that are not finished, or whose end is not announced", async () => {
    const { ledger, run } = await opened();
    const listed = async () => {
      for await (const unfinished of ledger.unfinishedRuns()) if (unfinished === run) return true;
      return false;
    };
    expect(await listed()).toBe(true);
    await ledger.finish(run, 0, { kind: "failed", says: "It is over.", failure: { says: "It is over." } });
    expect((await ledger.state(run))!.step).toMatchObject({ kind: "failed", says: "It is over.", dispatched: false });
    expect((await ledger.state(run))!.step.failure).toEqual({ says: "It is over." });
    expect(await listed()).toBe(true);
    await ledger.dispatched(run, 1);
    expect(await listed()).toBe(false);
  });

  test("moves the deadlines", async () => {
    const { ledger, run } = await opened();
    await ledger.postpone(run, { deadline: 7, finalDeadline: 8 });
    expect(await ledger.state(run)).toMatchObject({ deadline: 7, finalDeadline: 8, step: { number: 0 } });
  });
}
