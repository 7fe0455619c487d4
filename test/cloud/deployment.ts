/** A team's stack on the emulator, deployed by the CDK's own tool, and a worker for it on this machine. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildApp } from "../../infra/build.ts";
import { bundle, type FunctionName } from "../../infra/bundling/build.ts";
import { STAGES } from "../../src/pipeline/stage-list.ts";

const run = promisify(execFile);
const CDK = fileURLToPath(new URL("../../node_modules/aws-cdk/bin/cdk", import.meta.url));
/** The emulator has been seen to let a deployment hang. */
const TOOL_MS = 180_000;

export interface DeployOptions {
  /** For assembly, bundles and outputs. */
  folder: string;
  team: string;
  environment: Record<string, string>;
  /** A stages module in place of the real one. */
  stages?: string;
}

export type Outputs = Record<string, string>;

const replaced = (stages?: string) => (stages ? { replace: { "pipeline/stages/index.ts": stages } } : {});

/** Bootstraps and deploys `errata-<team>`; the GPU and watch stacks stay out: the emulator has no Batch, budgets, metric math. */
export async function deploy({ folder, team, environment, stages }: DeployOptions): Promise<Outputs> {
  const stack = `errata-${team}`;
  const assembly = await assemble(folder, stack, team, stages);
  const env = { ...process.env, ...environment, CDK_DISABLE_VERSION_CHECK: "1", CI: "1" };
  const cdk = (...words: string[]) => run(process.execPath, [CDK, ...words], { cwd: folder, env, timeout: TOOL_MS });
  await cdk("bootstrap", "aws://000000000000/us-east-1");
  const file = join(folder, "outputs.json");
  const silent = ["--require-approval", "never", "--exclusively"];
  await cdk("deploy", stack, "--app", assembly, ...silent, "--outputs-file", file);
  return JSON.parse(readFileSync(file, "utf8"))[stack];
}

/** The assembly that CDK would make; functions are bundled here, so that test stages can take the place of the real ones. */
async function assemble(folder: string, stack: string, team: string, stages?: string): Promise<string> {
  const assembly = join(folder, "cdk.out");
  // There is no GPU here: the worker trains on the engine that the functions have.
  const settings = { "errata:teams": { [team]: { gpu: { engine: "wasm" } } } };
  const context = { team, ...settings, "aws:cdk:bundling-stacks": [] };
  buildApp(context, { outdir: assembly, stackTraces: false }).app.synth();
  const file = join(assembly, `${stack}.assets.json`);
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  for (const asset of Object.values<{ displayName: string; source: { path: string } }>(manifest.files)) {
    const name = /^(\w+)\/.*Code$/.exec(asset.displayName)?.[1].toLowerCase();
    if (!name) continue;
    asset.source.path = join(folder, name);
    await bundle(name as FunctionName, asset.source.path, replaced(stages));
  }
  writeFileSync(file, JSON.stringify(manifest));
  return assembly;
}

/** What the stack tells its processes, from its outputs. */
export function environmentOf(outputs: Outputs, environment: Record<string, string>): Record<string, string> {
  const all: Record<string, string> = {
    ...environment,
    ERRATA_BUCKET: outputs.BucketName,
    ERRATA_TABLE: outputs.TableName,
    POWERTOOLS_TRACE_ENABLED: "false",
  };
  for (const { name, runsOn } of STAGES) {
    const titled = runsOn === "gpu" ? "Gpu" : name[0].toUpperCase() + name.slice(1);
    all[`ERRATA_QUEUE_${name.toUpperCase()}`] = outputs[`${titled}QueueUrl`];
    all[`ERRATA_DEAD_LETTERS_${name.toUpperCase()}`] = outputs[`${titled}DeadLettersUrl`];
  }
  return all;
}

/** Bundles the worker and starts it as a process of this machine. Kill it by itself. */
export async function startWorker(
  { folder, stages }: Pick<DeployOptions, "folder" | "stages">,
  environment: Record<string, string>,
): Promise<{ child: ChildProcess; log(): string }> {
  const bundled = join(folder, "worker");
  await bundle("worker", bundled, replaced(stages));
  const child = spawn(process.execPath, [join(bundled, "index.mjs")], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (log += chunk));
  return { child, log: () => log };
}
