/**
 * A team's stack deployed to an emulator by the CDK's own tool, with the functions' bundles inside: an upload sets the rest going.
 * The GPU and watch stacks stay out: the emulator has no Batch, no budgets and no alarms over several metrics.
 */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp } from "../../infra/build.ts";
import { bundle, type FunctionName } from "../../infra/bundling/build.ts";
import { makeClients } from "../../src/platform/aws/clients.ts";
import { openAws } from "../../src/platform/aws/open.ts";
import { startEmulator } from "./emulator.ts";

const run = promisify(execFile);
const CDK = fileURLToPath(new URL("../../node_modules/aws-cdk/bin/cdk", import.meta.url));
const STAGES = fileURLToPath(new URL("fixtures/steady-stages.ts", import.meta.url));
const TOOL_MS = 180_000;
const STACK = "errata-vision";

const emulator = await startEmulator();
const reason = typeof emulator === "string" ? emulator : undefined;
const environment: Record<string, string> = typeof emulator === "string" ? {} : emulator.environment;
Object.assign(process.env, environment);

/** The assembly that CDK would make, with bundles of the test's stages as the functions' code. */
async function assemble(folder: string): Promise<string> {
  const assembly = join(folder, "cdk.out");
  const context = { team: "vision", "aws:cdk:bundling-stacks": [] };
  buildApp(context, { outdir: assembly, stackTraces: false }).app.synth();
  const file = join(assembly, `${STACK}.assets.json`);
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  for (const asset of Object.values<{ displayName: string; source: { path: string } }>(manifest.files)) {
    const name = /^(\w+)\/.*Code$/.exec(asset.displayName)?.[1].toLowerCase();
    if (!name) continue;
    asset.source.path = join(folder, name);
    await bundle(name as FunctionName, asset.source.path, { replace: { "pipeline/stages/index.ts": STAGES } });
  }
  writeFileSync(file, JSON.stringify(manifest));
  return assembly;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe.skipIf(reason)(`a deployment${reason ? ` (skipped: ${reason})` : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "errata-deploy-"));
  let outputs: Record<string, string>;
  let assembly: string;

  beforeAll(async () => {
    assembly = await assemble(folder);
    const env = { ...process.env, CDK_DISABLE_VERSION_CHECK: "1", CI: "1" };
    const cdk = (...words: string[]) => run(process.execPath, [CDK, ...words], { cwd: folder, env, timeout: TOOL_MS });
    await cdk("bootstrap", "aws://000000000000/us-east-1");
    const file = join(folder, "outputs.json");
    await cdk(
      "deploy",
      STACK,
      "--app",
      assembly,
      "--require-approval",
      "never",
      "--exclusively",
      "--outputs-file",
      file,
    );
    outputs = JSON.parse(readFileSync(file, "utf8"))[STACK];
  });
  afterAll(async () => {
    if (typeof emulator !== "string") await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const portsOf = () => openAws({ ...environment, ERRATA_BUCKET: outputs.BucketName, ERRATA_TABLE: outputs.TableName });

  it("turns an upload into a finished run, the worker's part done by a process here", async () => {
    const { s3 } = makeClients(environment.AWS_ENDPOINT_URL);
    await s3.send(
      new PutObjectCommand({
        Bucket: outputs.BucketName,
        Key: "datasets/mugs/errata.json",
        Body: JSON.stringify({ schema: "errata/request@1" }),
      }),
    );
    await bundle("worker", join(folder, "worker"), { replace: { "pipeline/stages/index.ts": STAGES } });
    const worker = spawn(process.execPath, [join(folder, "worker", "index.mjs")], {
      env: {
        PATH: process.env.PATH,
        ...environment,
        ERRATA_BUCKET: outputs.BucketName,
        ERRATA_TABLE: outputs.TableName,
        ERRATA_QUEUE_TRAIN: outputs.GpuQueueUrl,
        ERRATA_QUEUE_EXPERIMENT: outputs.GpuQueueUrl,
        ERRATA_QUEUE_REPORT: outputs.GpuQueueUrl,
        POWERTOOLS_TRACE_ENABLED: "false",
      },
      stdio: ["ignore", "inherit", "inherit"],
    });
    try {
      const ports = portsOf();
      let latest: { run: string; says: string } | undefined;
      for (let tries = 0; tries < 240 && !latest; tries++) {
        await sleep(500);
        if (await ports.store.exists("reports/mugs/latest.json"))
          latest = JSON.parse(text(await ports.store.read("reports/mugs/latest.json")));
      }
      expect(latest).toMatchObject({ says: "All is said." });
      const counted = await ports.ledger.counts(latest!.run, { stage: "ingest", round: 0 });
      expect(counted).toMatchObject({ done: 2, failed: 1 });
    } finally {
      worker.kill("SIGKILL");
    }
  });
});
