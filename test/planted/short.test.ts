import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hasData, missing, temporaryFolder } from "../support/data.ts";
import type { Outcome } from "./outcome.ts";
import type { Summary } from "./summary.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

/** Three small cases: a fault of the data, one of the training, and a clean control. */
const CASES = "^(leakage-0.4|learning-rate-high-20|clean-1)[.]mnist$";
const ARGS = [
  ...["--effort", "quick", "--scale", "0.35", "--case", CASES, "--engine", process.env.ERRATA_ENGINE ?? "auto"],
  ...["--work", join(folder.path, "work"), "--out", join(folder.path, "results")],
];

/** The benchmark in a process of its own; `ended` gives its exit code and what it said. */
function planted(): { child: ChildProcess; said(): string; ended: Promise<{ code: number | null; stderr: string }> } {
  const child = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "run.ts"), ...ARGS], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return {
    child,
    said: () => stderr,
    ended: new Promise((done) => child.on("close", (code) => done({ code, stderr }))),
  };
}

describe.runIf(hasData("mnist"))("the planted benchmark in short", () => {
  it("goes on after it was stopped, names what was planted, and publishes what it found", async () => {
    const first = planted();
    const over = await Promise.race([
      first.ended.then(() => true),
      new Promise<false>((seen) => {
        first.child.stderr!.on("data", () => /: (right|WRONG), found/.test(first.said()) && seen(false));
      }),
    ]);
    expect(over, first.said()).toBe(false);
    first.child.kill("SIGTERM");
    expect((await first.ended).code, first.said()).toBe(130);

    const { code, stderr } = await planted().ended;
    console.log(stderr);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/3 cases of \d+ in set tune, [12] of them finished before/);

    const read = (ending: string) =>
      readFileSync(join(folder.path, `results/planted-tune-quick-scale-0.35.${ending}`), "utf8");
    const { cases, summary }: { cases: Outcome[]; summary: Summary } = JSON.parse(read("json"));
    expect(cases.map(({ kind }) => kind).sort()).toEqual(["clean", "fault", "fault"]);
    for (const { id, kind, top1 } of cases) if (kind === "fault") expect(top1, id).toBe(true);
    expect(summary).toMatchObject({ cases: 3, top1: { successes: 2, of: 2 }, falseConfirmations: { of: 1 } });
    const { measured, problem } = cases.find(({ id }) => id.startsWith("learning-rate"))!;
    expect(problem).toBeUndefined();
    expect(measured!.gain).toBeGreaterThan(0.1);
    expect(measured!.randomSearch!.tried).toBeGreaterThanOrEqual(6);
    expect(read("md")).toMatch(/Rules as of commit [0-9a-f]{7,}/);
    expect(read("svg")).toMatch(/^<svg[\s\S]*learning-rate[\s\S]*<\/svg>/);
  });
});

describe.skipIf(hasData("mnist"))("the planted benchmark in short", () => {
  it.skip(`cannot run: ${missing("mnist")}`, () => {});
});
