import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { openPlatform } from "../../functions/shared/platform.ts";
import { bundle } from "../../infra/bundling/build.ts";
import { encodeMessage } from "../../src/pipeline/messages.ts";
import { startRun } from "../../src/pipeline/run.ts";
import { TEST_STAGES } from "./bundles.ts";

it("a worker whose spot instance is taken back gives its message back and exits in good order", async () => {
  const folder = mkdtempSync(join(tmpdir(), "errata-interruption-"));
  const environment = { ERRATA_PLATFORM: `local:${folder}`, POWERTOOLS_TRACE_ENABLED: "false" };
  const ports = await openPlatform(environment);
  const queue = ports.queue("train");
  try {
    await bundle("worker", join(folder, "bundle"), { replace: TEST_STAGES });
    await startRun(ports, { run: "r", deadlineMinutes: 60, request: { name: "mugs" } });
    const plan = new TextEncoder().encode(JSON.stringify({ items: [{ id: "endless" }] }));
    await ports.store.put("runs/r/plans/train/0.json", plan);
    await ports.ledger.advance("r", 0, { stage: "train", round: 0, items: ["endless"] });
    await queue.send([encodeMessage({ run: "r", stage: "train", round: 0, item: "endless" })]);

    const worker = spawn(process.execPath, [join(folder, "bundle", "index.mjs")], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: "ignore",
    });
    const exited = once(worker, "exit");
    while ((await queue.depth()).inFlight === 0) await sleep(50);
    await sleep(300);
    worker.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    expect(await queue.depth()).toEqual({ ready: 1, inFlight: 0 });
    expect(await ports.ledger.counts("r", { stage: "train", round: 0 })).toMatchObject({ done: 0, failed: 0 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
