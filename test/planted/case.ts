/** One case from drawing to judging, in a process of its own: `case.ts <JSON of CaseRequest>`. It ends with <folder>/case.json. */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { openEngine } from "../../src/engine/open.ts";
import type { EngineName } from "../../src/engine/types.ts";
import { type Report, reportSchema } from "../../src/report/schema.ts";
import { flags, startErrata } from "../support/errata.ts";
import { rowsOf } from "./alter.ts";
import { drawDataset, keptPool, replace } from "./draw.ts";
import { judge } from "./judge.ts";
import { putAway, rememberedErrors, takeOut } from "./kept.ts";
import { isMasked } from "./masks.ts";
import { measure, runsOf } from "./measure.ts";
import type { Outcome } from "./outcome.ts";
import { placeSetting } from "./place.ts";
import { placeMasks } from "./place-masks.ts";
import { baseOf, faultsOf, plant } from "./plan.ts";
import { definitionOf, judgedBy } from "./rules.ts";
import { addSitting, secondsOfSittings } from "./sittings.ts";
import type { Case, Setting } from "./types.ts";

export interface CaseRequest {
  planted: Case;
  folder: string;
  /** Where its training runs are kept for other rules. */
  kept: string;
  pools: string;
  effort: string;
  engine: EngineName | "auto";
  /** Part of the base's images, for a quick look. */
  scale: number;
  search: boolean;
  /** Training runs of the audit at once. */
  workers: number;
  commit: string;
  rules: string;
}

async function runCase(request: CaseRequest): Promise<void> {
  const { planted, folder, effort, scale } = request;
  const base = baseOf(planted);
  await mkdir(folder, { recursive: true });
  const sizes = Object.fromEntries(
    Object.entries(base.sizes).map(([part, size]) => [part, Math.round(scale * size)]),
  ) as typeof base.sizes;
  const data = drawDataset(await keptPool(base, planted.set, request.pools), sizes, planted.seed);
  const setting = plant({ data, recipe: base.recipe(planted.set) }, planted);
  const report = await auditOf(setting, request);
  const faults = faultsOf(planted);
  const outcome: Outcome = {
    ...planted,
    ...judge(planted, faults, report),
    planted: faults.map(({ id, cause, accepted, family }) => ({ fault: id, cause, accepted, family })),
    says: report.says,
    effort,
    engine: `${report.run.engine.name} (${report.run.engine.version})`,
    commit: request.commit,
    rules: request.rules,
    definition: definitionOf(planted),
    judgedBy: judgedBy(),
    searched: request.search,
    images: { train: rowsOf(setting.data, "train").length, test: rowsOf(setting.data, "test").length },
    errorRate: report.baseline.errorRate.value,
    trainingRuns: runsOf(report.cost),
    timesOneRun: report.cost.timesOneRun,
    auditSeconds: (await secondsOfSittings(request.kept)) ?? report.run.seconds,
    causes: report.causes
      .filter(({ verdict, cause }) => verdict !== "not-tested" || faults.some((fault) => fault.cause === cause))
      .map(({ cause, verdict, says, evidence }) => ({
        cause,
        verdict,
        says,
        evidence: evidence.map(({ measure: name, value }) => ({ measure: name, value })),
      })),
  };
  const mendable = faults.length > 0 && faults.every((fault) => fault.mendable !== false);
  if (faults.length > 0)
    try {
      outcome.measured = await measure(await openEngine(request.engine), setting, report, join(folder, "report"), {
        seed: planted.seed,
        search: request.search && mendable,
        remembered: await rememberedErrors(request.kept, judgedBy()),
        onProgress: (what) => process.send?.(what),
      });
    } catch (error) {
      outcome.problem = (error as Error).message;
    }
  await replace(join(folder, "case.json"), `${JSON.stringify(outcome, null, 1)}\n`);
  await rm(join(folder, "data"), { recursive: true, force: true });
  await putAway(request.kept, join(folder, "report"));
}

/** Runs the audit as a user would; one that was stopped goes on. */
async function auditOf(
  setting: Setting,
  { folder, kept: trained, effort, engine, planted, workers }: CaseRequest,
): Promise<Report> {
  const out = join(folder, "report");
  const kept = join(folder, "audited.json");
  if (existsSync(kept)) return reportSchema.parse(JSON.parse(await readFile(kept, "utf8")));
  process.send?.("writing the images");
  const { data, recipe } = await (isMasked(setting.data) ? placeMasks : placeSetting)(setting, folder);
  process.send?.("auditing");
  await takeOut(trained, out);
  const options = { effort, engine, seed: planted.seed, workers, out, recipe };
  const begun = performance.now();
  const audit = startErrata(["audit", data, ...flags(options), "--json"]);
  const stop = () => void audit.child.kill("SIGTERM");
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  const { code, stdout, stderr } = await audit.ended;
  process.removeListener("SIGTERM", stop);
  process.removeListener("SIGINT", stop);
  await addSitting(trained, (performance.now() - begun) / 1000);
  if (code !== 0) throw new Error(`errata audit ended with ${code}: ${stderr.slice(-2000)}`);
  const report = reportSchema.parse(JSON.parse(stdout));
  await replace(kept, stdout);
  return report;
}

await runCase(JSON.parse(process.argv[2]));
// The engine keeps threads of its own; nothing is left to do.
process.exit(0);
