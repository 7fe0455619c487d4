/** A team's settings: `errata:teams.<team>` of cdk.json over `errata:defaults`, read once, checked, frozen. */
import * as z from "zod";
import { InputError } from "../../errors.ts";
import { GPU_INSTANCES, type GpuInstanceClass } from "./gpu-instances.ts";
import { TEAM } from "./names.ts";

/** CloudWatch keeps logs for these numbers of days only. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731];

const Settings = z.strictObject({
  /** Where inference runs: `wasm` in a zip function, `tensorflow` (tfjs-node) in a container function. */
  engine: z.enum(["wasm", "tensorflow"]),
  gpu: z.strictObject({
    /** The cheaper of these that can be had is used. */
    instanceClasses: z.array(z.enum(Object.keys(GPU_INSTANCES) as [GpuInstanceClass, ...GpuInstanceClass[]])).min(1),
    spot: z.boolean(),
    /** What workers train with: `webgpu` (what its image brings: docs/gpu.md), or `wasm`, which leaves the GPU idle. */
    engine: z.enum(["webgpu", "wasm"]),
    /** Of all GPU instances together: four a GPU. */
    maxvCpus: z.int().min(4).max(1024),
  }),
  /** Copies of one stage's function at once. SQS takes 2 to 1,000. */
  maxConcurrency: z.int().min(2).max(1000),
  /** Of logs, and of what a run works with. Reports and datasets are kept. */
  retentionDays: z.int().refine((days) => RETENTION_DAYS.includes(days), `must be one of ${RETENTION_DAYS.join(", ")}`),
  /** Who is told how a run ended, and of alarms. */
  notify: z.array(z.email()),
  monthlyBudgetUsd: z.number().positive(),
  /** Of a run whose request names none. */
  deadlineMinutes: z.int().min(10).max(1440),
});

export type Settings = Readonly<z.infer<typeof Settings>> & { readonly team: string };

/** Reads context. Fails with one `InputError` that lists all that is wrong. */
export function readSettings(context: (key: string) => unknown): Settings {
  const team = context("team");
  const problems: string[] = [];
  if (typeof team !== "string" || !TEAM.test(team)) {
    problems.push(
      `-c team=<name>: ${team === undefined ? "is missing" : `${JSON.stringify(team)} is no team name`}; 2 to 21 lower-case letters, digits and "-", a letter first`,
    );
  }
  const teams = (context("errata:teams") ?? {}) as Record<string, unknown>;
  const own = typeof team === "string" && Object.hasOwn(teams, team) ? teams[team] : {};
  const parsed = Settings.safeParse(merged(context("errata:defaults"), own));
  for (const { path, message } of parsed.error?.issues ?? []) {
    problems.push(`errata:teams.${String(team)}.${path.join(".")}: ${message}`);
  }
  if (problems.length > 0) {
    throw new InputError({
      file: "cdk.json",
      problem: `the settings cannot be used:\n  ${problems.join("\n  ")}\n`,
      remedy: "Put them right in cdk.json or on the command line (see infra/README.md).",
    });
  }
  return deepFreeze({ ...parsed.data!, team: team as string });
}

/** Objects are merged field by field, anything else is replaced. */
function merged(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isRecord(below) || !isRecord(above)) return above;
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries([...keys].map((key) => [key, merged(below[key], above[key])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function deepFreeze<T>(value: T): T {
  for (const inner of Object.values(value as object))
    if (typeof inner === "object" && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
