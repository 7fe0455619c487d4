/** Whole runs on this machine: workers and parents that are killed, disks that are full, two at a time. */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { type LocalRun, runLocal } from "../../src/platform/local/run-local.ts";
import type { SmallRequest } from "../pipeline/fixtures/small.ts";

const STAGES = fileURLToPath(new URL("../pipeline/fixtures/small.ts", import.meta.url));
const PARENT = fileURLToPath(new URL("./fixtures/parent.ts", import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

let folder: string;
let log: string;
let parents: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "errata-run-"));
  log = join(folder, "log.txt");
  parents = [];
});
afterEach(async () => {
  for (const parent of parents) parent.kill("SIGKILL");
  await sleep(100);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const makeRun = (request: SmallRequest, change: Partial<LocalRun> = {}): LocalRun => ({
  folder: join(folder, "place"),
  stages: STAGES,
  workers: 2,
  request: { run: "r", deadlineMinutes: 10, request: { log, ...request } },
  ...change,
});
const report = () => JSON.parse(readFileSync(join(folder, "place/objects/runs/r/report.json"), "utf8"));
const logged = () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
async function until(what: () => boolean, seconds = 20): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(20)) if (what()) return;
  throw new Error("It did not come to that.");
}
function startParent(run: LocalRun): ChildProcess {
  const parent = fork(PARENT, [JSON.stringify(run)], { execArgv: ["--import", LOADER] });
  parents.push(parent);
  return parent;
}
const workersOf = () => [...new Set(logged().map((line) => Number(line.split(" ")[3])))];

test("a run goes through its stages in several processes, and says how it goes", async () => {
  const seen: string[] = [];
  const onProgress: LocalRun["onProgress"] = ({ stage, activities }) => seen.push(stage, ...activities);
  const result = await runLocal(makeRun({ items: 8, rounds: 2, milliseconds: 200 }, { onProgress }));
  expect(result).toMatchObject({ run: "r", says: "All is said.", resumed: false });
  expect(report().map(({ stage, round, done }: Record<string, unknown>) => `${stage} ${round} ${done}`)).toEqual([
    "first 0 8",
    "second 0 8",
    "second 1 8",
    "report 0 0",
  ]);
  expect(logged()).toHaveLength(8 * 3);
  expect(workersOf().length).toBe(2);
  expect(workersOf()).not.toContain(process.pid);
  expect(seen).toContain("second");
  expect(seen.some((activity) => /^epoch 1\/1$/.test(activity))).toBe(true);
  expect(workersOf().filter(isAlive)).toEqual([]);
});

test("a finished run gives its result again at once; afresh, it is made again", async () => {
  await runLocal(makeRun({ items: 1 }));
  const before = logged().length;
  expect(await runLocal(makeRun({ items: 1 }))).toMatchObject({ says: "All is said.", resumed: true });
  expect(logged()).toHaveLength(before);
  expect(await runLocal(makeRun({ items: 1 }, { fresh: true }))).toMatchObject({ resumed: false });
  expect(logged()).toHaveLength(2 * before);
});

test("a failing item is passed over, a stumbling one is tried again, a deadly one is given up", async () => {
  const events: string[] = [];
  const faults = { "item-0": "permanent", "item-1": "once", "item-2": "die-once", "item-3": "die-always" } as const;
  const onProgress: LocalRun["onProgress"] = ({ event }) => event && events.push(event);
  await runLocal(makeRun({ items: 6, faults }, { onProgress }));
  expect(report()[0]).toMatchObject({ planned: 6, done: 4, failed: 2 });
  expect(report()[1]).toMatchObject({ planned: 6, done: 6, failed: 0 });
  expect(events).toContain("first item-0 failed: Nothing can be made of item-0.");
  expect(events).toContain("first item-1 is tried again: item-1 stumbled");
  expect(events.filter((event) => /ended by SIGKILL at first item-3/.test(event))).toHaveLength(3);
  expect(logged().filter((line) => line.startsWith("first 0 item-3"))).toHaveLength(3);
});

test("a worker that is killed from outside is replaced and its item worked again", async () => {
  const running = runLocal(makeRun({ items: 6, milliseconds: 600 }));
  await until(() => logged().length >= 2);
  process.kill(workersOf()[0], "SIGKILL");
  await running;
  expect(report()[0]).toMatchObject({ planned: 6, done: 6, failed: 0 });
  expect(logged().length).toBe(6 * 2 + 1);
});

test("a parent that is killed takes its workers along, also busy ones, and the run goes on from there", async () => {
  const run = makeRun({ items: 8, milliseconds: 800, busy: true });
  const parent = startParent(run);
  await until(() => logged().length >= 4);
  parent.kill("SIGKILL");
  await until(() => workersOf().every((pid) => !isAlive(pid)), 5);
  const before = logged().length;
  const result = await runLocal(makeRun({ items: 8, milliseconds: 10 }));
  expect(result.resumed).toBe(true);
  expect(report()[0]).toMatchObject({ planned: 8, done: 8, failed: 0 });
  // Two items at most were under way: all others were worked once.
  expect(before + logged().slice(before).length).toBeLessThanOrEqual(8 * 2 + 2);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends the parent and its workers", async (signal) => {
  const parent = startParent(makeRun({ items: 8, milliseconds: 3000 }));
  await until(() => workersOf().length === 2);
  parent.kill(signal);
  await until(() => parent.exitCode !== null || parent.signalCode !== null, 5);
  await until(() => workersOf().every((pid) => !isAlive(pid)), 5);
});

test("an abort stops the workers at once; the run can be resumed", async () => {
  const abort = new AbortController();
  const running = runLocal(makeRun({ items: 4, milliseconds: 60_000 }, { signal: abort.signal }));
  await until(() => workersOf().length === 2);
  abort.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  expect(workersOf().filter(isAlive)).toEqual([]);
});

test("two at work on the same run are refused, and the first goes on", async () => {
  const running = runLocal(makeRun({ items: 4, milliseconds: 400 }));
  await until(() => logged().length > 0);
  const second = runLocal(makeRun({ items: 4 }));
  await expect(second).rejects.toThrow(InputError);
  await expect(second).rejects.toThrow(`Process ${process.pid} is at work on it`);
  await running;
});

test("the user's error comes back as it was; the same command begins anew", async () => {
  const faults = { "item-0": "input" } as const;
  const failing = runLocal(makeRun({ items: 1, faults }));
  await expect(failing).rejects.toThrow(InputError);
  await expect(failing).rejects.toMatchObject({ file: "errata.json", field: "data", remedy: "Mend it." });
  expect(await runLocal(makeRun({ items: 1 }))).toMatchObject({ says: "All is said.", resumed: false });
});

test("a full disk stops the run with the folder's name, nothing recorded, and it goes on later", async () => {
  const faults = { "item-1": "disk-full" } as const;
  const full = runLocal(makeRun({ items: 3, faults }));
  await expect(full).rejects.toThrow(/place: The disk is full\. Free some space, then run the same command again/);
  await expect(full).rejects.toThrow(InputError);
  expect(existsSync(join(folder, "place/runs/r/ledger/rounds/first/0/items/item-1"))).toBe(false);
});

test("a stages module that cannot be loaded is an error, not a loop", async () => {
  const running = runLocal(makeRun({ items: 1 }, { stages: join(folder, "nothing.ts") }));
  await expect(running).rejects.toThrow(/nothing\.ts/);
});
