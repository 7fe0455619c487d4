/** `npm run planted`: plants known faults, audits each as a user would, and compares the findings with what was planted. */
import { fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import pMap from "p-map";
import { basesOf } from "./bases/index.ts";
import type { CaseRequest } from "./case.ts";
import { printCosts } from "./costs.ts";
import { keptPool, replace } from "./draw.ts";
import { resultsPage } from "./markdown.ts";
import { matrixSvg } from "./matrix.ts";
import { readOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { casesOf } from "./plan.ts";
import { definitionOf, judgedBy, rulesNow, trainedBy } from "./rules.ts";
import { workersEach } from "./sittings.ts";
import { isMiss, summarise } from "./summary.ts";
import type { Case } from "./types.ts";

const argv = process.argv.slice(2);
const options = readOptions(argv);
const { set, effort, engine, scale } = options;
const rules = rulesNow();
const { here, absent } = basesOf(set);
const all = casesOf(set, here);
const wanted = all
  .filter(
    ({ id, kind }) => (!options.case || new RegExp(options.case).test(id)) && (!options.kind || kind === options.kind),
  )
  .slice(0, options.limit);
const work = resolve(options.work);
const home = join(work, [set, effort, engine, ...(scale === 1 ? [] : [scale]), rules.digest].join("-"));
const nameOf = (planted: Case): string => `${planted.id}-${definitionOf(planted)}`;
const folderOf = (planted: Case): string => join(home, nameOf(planted));
const trained = join(work, ["trained", set, effort, engine, ...(scale === 1 ? [] : [scale]), trainedBy()].join("-"));

const say = (text: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

const stem = [
  "planted",
  ...(set === "final" ? [] : [set]),
  ...(effort === "standard" ? [] : [effort]),
  ...(scale === 1 ? [] : [`scale-${scale}`]),
].join("-");
/** Cases of an earlier sitting whose folders are gone. */
const published = new Map(publishedCases(join(options.out, `${stem}.json`)).map((outcome) => [outcome.id, outcome]));

/** The case's result, where it is there and was audited by these rules, and judged by the code as it is. */
function finished(planted: Case): Outcome | undefined {
  const path = join(folderOf(planted), "case.json");
  const outcome: Outcome | undefined = existsSync(path)
    ? JSON.parse(readFileSync(path, "utf8"))
    : published.get(planted.id);
  if (engine !== "auto" && !outcome?.engine.startsWith(engine)) return undefined;
  if (!outcome || outcome.rules !== rules.digest || outcome.definition !== definitionOf(planted)) return undefined;
  return outcome.judgedBy === judgedBy() && (outcome.searched || !options.search) ? outcome : undefined;
}

function publishedCases(path: string): Outcome[] {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).cases : [];
}

const children = new Set<ReturnType<typeof fork>>();
let stopped = false;

function audit(planted: Case, title: string): Promise<void> {
  const request: CaseRequest = {
    planted,
    folder: folderOf(planted),
    kept: join(trained, nameOf(planted)),
    pools: join(work, "bases"),
    effort,
    engine,
    scale,
    search: options.search,
    workers: workersEach(availableParallelism(), options.jobs),
    commit: `${rules.commit}${rules.changed ? " and changes" : ""}`,
    rules: rules.digest,
  };
  return new Promise((done, fail) => {
    const child = fork(join(import.meta.dirname, "case.ts"), [JSON.stringify(request)], {
      execArgv: ["--import", "tsx"],
      // The cores are shared among the audits: threads of one's own would only take turns with those of the others.
      env: { TF_NUM_INTRAOP_THREADS: "1", TF_NUM_INTEROP_THREADS: "1", ...process.env },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    children.add(child);
    let problem = "";
    child.stderr?.on("data", (chunk) => (problem = (problem + chunk).slice(-2000)));
    child.on("message", (what) => say(`${title}: ${what}`));
    child.on("error", fail);
    child.on("close", (code) => {
      children.delete(child);
      if (code === 0) done();
      else fail(new Error(problem.trim() || `its process ended with ${code}`));
    });
  });
}

/** Writes planted.json, planted.md and planted.svg from all cases that are finished. */
async function publish(): Promise<void> {
  const outcomes = all.flatMap((each) => finished(each) ?? []);
  if (outcomes.length === 0) return say("No case is finished: no results were written.");
  const summary = summarise(outcomes);
  const about = {
    set,
    effort,
    // Where it was kept and written says nothing to others.
    command: ["npm run planted --", ...argv].join(" ").replace(/ --(work|out)[ =]\S+/g, ""),
    commit: rules.commit,
    changed: rules.changed,
    planned: all.length,
    absent: absent.map(({ id }) => id),
    picture: `${stem}.svg`,
  };
  await mkdir(options.out, { recursive: true });
  const title = `Planted faults, set ${set}, effort ${effort}: ${outcomes.length} cases`;
  await replace(join(options.out, `${stem}.json`), `${JSON.stringify({ about, summary, cases: outcomes }, null, 1)}\n`);
  await replace(join(options.out, `${stem}.md`), resultsPage(outcomes, summary, about));
  await replace(join(options.out, `${stem}.svg`), matrixSvg(outcomes, title));
  say(`Results of ${outcomes.length} of ${all.length} cases: ${join(options.out, stem)}.json, .md, .svg`);
}

if (options.list) {
  process.stdout.write(`${wanted.map(({ id, kind }) => `${kind.padEnd(6)} ${id}`).join("\n")}\n`);
  process.exit(0);
}
if (options.costs) {
  await printCosts(wanted, { ...options, pools: join(work, "bases") });
  process.exit(0);
}
if (wanted.length === 0) {
  process.stderr.write("planted: no case fits. Look at --list, and at --case, --kind and --limit.\n");
  process.exit(2);
}
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    stopped = true;
    for (const child of children) child.kill("SIGTERM");
  });

const open = wanted.filter((each) => finished(each) === undefined);
say(`${wanted.length} cases of ${all.length} in set ${set}, ${wanted.length - open.length} of them finished before.`);
for (const { id, needs } of absent) say(`Base ${id} is left out: ${needs} is not in the data folder.`);
// Pools are made before the cases run side by side, each once.
for (const base of here) if (open.some((each) => each.base === base.id)) await keptPool(base, set, join(work, "bases"));
let failures = 0;
await pMap(
  open,
  async (planted, k) => {
    if (stopped) return;
    const title = `${k + 1}/${open.length} ${planted.id}`;
    try {
      await audit(planted, title);
      const outcome = finished(planted)!;
      const found = outcome.findings.map(({ cause, verdict }) => `${cause} (${verdict})`).join(", ") || "nothing";
      say(`${title}: ${isMiss(outcome) ? "WRONG" : "right"}, found ${found} in ${Math.round(outcome.auditSeconds)} s`);
    } catch (error) {
      if (stopped) return;
      failures++;
      say(`${title}: FAILED: ${(error as Error).message}`);
    }
  },
  { concurrency: Math.max(1, options.jobs) },
);
await publish();
if (stopped) say("Stopped. The same command goes on from here.");
process.exit(stopped ? 130 : failures > 0 ? 1 : 0);
