import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { bundle } from "../../infra/bundling/build.ts";
import { batchMaker } from "../../src/model/batches.ts";

it("the bundled worker brings the thread that augments images, beside the code that looks for it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "errata-thread-"));
  let thread: Worker | undefined;
  try {
    await bundle("worker", folder, { external: ["@tensorflow/*", "onnxruntime-node", "sharp"], copy: false, node: 22 });
    const seekers = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".mjs") && readFileSync(join(folder, name), "utf8").includes("./augment-thread."),
    );
    expect(seekers.length).toBeGreaterThan(0);
    for (const name of seekers) expect(name).not.toMatch(/[\\/]/);

    const shape = { height: 4, width: 4, channels: 1 as const };
    const input = {
      size: [4, 4] as [number, number],
      channels: 1 as const,
      scale: "0..1" as const,
      order: "rgb" as const,
    };
    const setup = { shape, input, augmentation: { rotation: 20, brightness: 0.2 } };
    const source = { pixels: Uint8Array.from({ length: 32 }, (_, i) => 7 * i) };
    const seeds = Int32Array.of(5, 6);
    thread = new Worker(join(folder, "augment-thread.mjs"), { workerData: setup });
    expect(await once(thread, "message")).toEqual(["ready"]);
    thread.postMessage({ ...source, seeds });
    expect(await once(thread, "message")).toEqual([batchMaker(setup)(source, [0, 1], seeds)]);
  } finally {
    await thread?.terminate();
    rmSync(folder, { recursive: true, force: true });
  }
});
