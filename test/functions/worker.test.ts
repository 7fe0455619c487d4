import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { drain } from "../../functions/worker/drain.ts";
import { HaltError } from "../../src/pipeline/failure.ts";
import { encodeMessage } from "../../src/pipeline/messages.ts";
import type { Ports } from "../../src/pipeline/ports.ts";
import { startRun } from "../../src/pipeline/run.ts";
import type { Stage, WorkHooks } from "../../src/pipeline/stage.ts";
import { openLocal } from "../../src/platform/local/open.ts";

// Read when the logger is made.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL = "SILENT";
  process.env.POWERTOOLS_METRICS_DISABLED = "true";
});

const QUICK = { visibilitySeconds: 1, heartbeatSeconds: 0.2, waitSeconds: 0.1, idleSeconds: 0.3 };
const ITEMS = ["a", "b", "c"];

describe("a GPU worker", () => {
  let folder: string;
  let ports: Ports;
  let worked: string[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "errata-worker-"));
    ports = openLocal({ folder, run: "queues" });
    worked = [];
    await startRun(ports, { run: "r", deadlineMinutes: 60, request: {} });
    const bytes = new TextEncoder().encode(JSON.stringify({ items: ITEMS.map((id) => ({ id })) }));
    await ports.store.put("runs/r/plans/train/0.json", bytes);
    await ports.ledger.advance("r", 0, { stage: "train", round: 0, items: ITEMS });
    await queue().send(ITEMS.map((item) => encodeMessage({ run: "r", stage: "train", round: 0, item })));
    await ports.ledger.dispatched("r", 1);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const queue = () => ports.queue("train");
  const depth = () => queue().depth();
  const stagesOf = (work: (item: string, hooks: WorkHooks) => Promise<void>): Stage[] => [
    {
      name: "train",
      runsOn: "gpu",
      mayFail: "all",
      plan: async () => [],
      work: async (_context, { id }, hooks) => {
        worked.push(id);
        await work(id, hooks);
      },
    },
  ];
  const never = new AbortController().signal;

  it("drains its queue and exits when nothing is left", async () => {
    const began = Date.now();
    expect(
      await drain(
        ports,
        stagesOf(async () => {}),
        queue(),
        never,
        QUICK,
      ),
    ).toBe(3);
    expect(await depth()).toEqual({ ready: 0, inFlight: 0 });
    expect(Date.now() - began).toBeGreaterThanOrEqual(300);
  });

  it("keeps a message to itself for as long as it works on it", async () => {
    const slow = stagesOf(async (item) => {
      if (item === "a") await sleep(2500);
    });
    const other = sleep(1500).then(() =>
      drain(
        ports,
        stagesOf(async () => {}),
        queue(),
        never,
        QUICK,
      ),
    );
    await Promise.all([drain(ports, slow, queue(), never, QUICK), other]);
    expect(worked.filter((item) => item === "a")).toHaveLength(1);
  });

  it("gives its message back at once when it is told to stop, and takes no other", async () => {
    const stopping = new AbortController();
    const working = stagesOf(async (_item, { signal }) => {
      setTimeout(() => stopping.abort(new Error("spot")), 100);
      await sleep(60_000, undefined, { signal });
    });
    expect(await drain(ports, working, queue(), stopping.signal, QUICK)).toBe(0);
    expect(worked).toHaveLength(1);
    expect(await depth()).toEqual({ ready: 3, inFlight: 0 });
    expect((await ports.ledger.counts("r", { stage: "train", round: 0 })).failed).toBe(0);
  });

  it("stops where its place cannot go on, and leaves the item to another", async () => {
    const full = stagesOf(async () => {
      throw new HaltError({ file: "/tmp", problem: "The disk is full.", remedy: "Free some space." });
    });
    await expect(drain(ports, full, queue(), never, QUICK)).rejects.toThrow("The disk is full.");
    expect(await depth()).toEqual({ ready: 3, inFlight: 0 });
  });
});
