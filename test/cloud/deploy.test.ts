/** A team's stack deployed to an emulator, with the functions' bundles inside: an upload sets the rest going. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeClients } from "../../src/platform/aws/clients.ts";
import { openAws } from "../../src/platform/aws/open.ts";
import { deploy, environmentOf, type Outputs, startWorker } from "./deployment.ts";
import { startEmulator } from "./emulator.ts";

const stages = fileURLToPath(new URL("fixtures/steady-stages.ts", import.meta.url));

const emulator = await startEmulator();
const reason = typeof emulator === "string" ? emulator : undefined;
const environment: Record<string, string> = typeof emulator === "string" ? {} : emulator.environment;
Object.assign(process.env, environment);

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe.skipIf(reason)(`a deployment${reason ? ` (skipped: ${reason})` : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "errata-deploy-"));
  let outputs: Outputs;
  beforeAll(async () => {
    outputs = await deploy({ folder, team: "vision", environment, stages });
  });
  afterAll(async () => {
    if (typeof emulator !== "string") await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("turns an upload into a finished run, the worker's part done by a process here", async () => {
    const { s3 } = makeClients(environment.AWS_ENDPOINT_URL);
    const Body = JSON.stringify({ schema: "errata/request@1" });
    await s3.send(new PutObjectCommand({ Bucket: outputs.BucketName, Key: "datasets/mugs/errata.json", Body }));
    const inside = environmentOf(outputs, environment);
    const worker = await startWorker({ folder, stages }, inside);
    try {
      const ports = openAws(inside);
      let latest: { run: string; says: string } | undefined;
      for (let tries = 0; tries < 240 && !latest; tries++) {
        await sleep(500);
        if (await ports.store.exists("reports/mugs/latest.json"))
          latest = JSON.parse(text(await ports.store.read("reports/mugs/latest.json")));
      }
      expect(latest, worker.log()).toMatchObject({ says: "All is said." });
      const counted = await ports.ledger.counts(latest!.run, { stage: "ingest", round: 0 });
      expect(counted).toMatchObject({ done: 2, failed: 1 });
    } finally {
      worker.child.kill("SIGKILL");
    }
  });
});
