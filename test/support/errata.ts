import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { type Report, reportSchema } from "../../src/report/schema.ts";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Options as the command line takes them. */
export const flags = (options: Record<string, string | number>): string[] =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** Starts the command line as a user would. `detached`: in a process group of its own, to be signalled as a terminal does. */
export function startErrata(
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; detached?: boolean } = {},
): { child: ChildProcess; stderr(): string; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, "../../bin/errata.mjs"), ...args], {
    ...options,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const ended = new Promise<Ended>((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
  return { child, stderr: () => stderr, ended };
}

/** Runs the command line as a user would. */
export function errata(args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Ended> {
  return startErrata(args, options).ended;
}

/** Long tests say which engine they train on, so that they give the same figures on every machine. */
export const ENGINE = process.env.ERRATA_ENGINE ?? "wasm";

/** Audits and returns report.json, checked against its schema. */
export async function audited(args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await errata(["audit", ...args, "--engine", ENGINE, "--json"]);
  if (code !== 0) throw new Error(`errata audit ended with ${code}:\n${stderr}`);
  return reportSchema.parse(JSON.parse(stdout));
}

export const causeOf = (report: Report, cause: Report["causes"][number]["cause"]): Report["causes"][number] =>
  report.causes.find((each) => each.cause === cause)!;
export const confirmedCauses = (report: Report): string[] =>
  report.causes.filter(({ verdict }) => verdict === "confirmed").map(({ cause }) => cause);

/** The report without the figures that depend on the clock or on what was in the cache. */
export function withoutTimes(report: Report): unknown {
  return { ...report, run: { ...report.run, seconds: 0 }, cost: { timesOneRun: report.cost.timesOneRun } };
}

/** One line a cause, for the log of a long test. */
export function table(title: string, report: Report): string {
  const lines = report.causes
    .filter(({ verdict }) => verdict !== "not-tested" && verdict !== "cleared" && verdict !== "not-applicable")
    .map(
      ({ cause, verdict, share, experiment }) =>
        `  ${verdict.padEnd(10)} ${cause.padEnd(18)} ${share ? `${(100 * share.value).toFixed(0)} % of errors` : ""} ${experiment ? `error ${(100 * experiment.baseline.value).toFixed(2)} % -> ${(100 * experiment.changed.value).toFixed(2)} %, p ${experiment.adjustedPValue.toPrecision(2)}` : ""}`,
    );
  return `${title}: ${report.says}\n${lines.join("\n")}\n  cost: ${report.cost.timesOneRun.toFixed(1)} training runs, ${report.run.seconds} s, ${report.run.engine.name}`;
}
