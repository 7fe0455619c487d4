import os from "node:os";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Engine } from "../../src/engine/types.ts";
import { type BatchPlan, batchFeed } from "../../src/model/augment-ahead.ts";
import { train } from "../../src/model/train.ts";
import type { Recipe } from "../../src/model/types.ts";
import { openTested } from "../support/engine.ts";
import { smallRecipe, stripes } from "./data.ts";

const data = stripes(50, 3, 12, 3);
const augmentation = {
  rotation: 10,
  shift: 0.1,
  zoom: 0.1,
  horizontalFlip: true,
  brightness: 0.1,
  hue: 0.1,
  erase: 0.3,
};
const input: Recipe["input"] = { size: [12, 12], channels: 3, scale: "0..1", order: "rgb" };
const setup = { shape: data.shape, input, augmentation };
const plans: BatchPlan[] = [
  { rows: [3, 1, 4, 1, 5], seed: 9 },
  { rows: [2, 6, 5], seed: 9 },
  { rows: [35, 8], seed: 10 },
];

const batches = async (thread: "always" | "never", source: { pixels: Uint8Array; masks?: Uint8Array } = data) => {
  const feed = batchFeed(setup, source, plans.length, thread);
  const found = [];
  for (const [i, plan] of plans.entries()) found.push(await feed.take(plan, plans[i + 1]));
  await feed.close();
  return found;
};

describe("batches made ahead", () => {
  it("are the same bits as those made at once, masks too", async () => {
    const masks = Uint8Array.from({ length: 50 * 144 }, (_, i) => (i >> 4) % 3);
    const withMasks = { pixels: data.pixels, masks };
    expect(await batches("always")).toEqual(await batches("never"));
    expect(await batches("always", withMasks)).toEqual(await batches("never", withMasks));
  });

  it("leave what they are made of as it was", async () => {
    const before = data.pixels.slice();
    await batches("always");
    expect(data.pixels).toEqual(before);
  });

  it("come with the thread's error where it fails", async () => {
    const feed = batchFeed(setup, data, 3, "always");
    await feed.take(plans[0], undefined);
    await feed.close(); // The thread is gone.
    await feed.take(plans[1], plans[2]);
    await expect(feed.take(plans[2], undefined)).rejects.toThrow("ended with code");
  });

  const threads = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;

  it("leave no thread behind", async () => {
    const before = threads();
    const feed = batchFeed(setup, data, 3, "always");
    await feed.take(plans[0], plans[1]);
    expect(threads()).toBeGreaterThan(before);
    await feed.close();
    expect(threads()).toBe(before);
  });

  it.each([
    ["the run is long and a core is free", 1e9, 0, true],
    ["the run is short", 40, 0, false],
    ["no core is free", 1e9, os.availableParallelism(), false],
  ])("have a thread of their own where %s: %d steps, load %d", async (_, steps, load, starts) => {
    vi.spyOn(os, "loadavg").mockReturnValue([load, load, load]);
    const before = threads();
    const feed = batchFeed(setup, data, steps);
    for (let step = 0; step < 20; step++) await feed.take(plans[step % 3], plans[(step + 1) % 3]);
    expect(threads() > before).toBe(starts);
    await feed.close();
    expect(threads()).toBe(before);
    vi.restoreAllMocks();
  });
});

describe("training with batches made ahead", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openTested();
  });
  const images = stripes(50, 3);
  const recipe = smallRecipe({
    fit: { epochs: 3, batchSize: 16, augmentation: { rotation: 10, shift: 0.1, brightness: 0.1 } },
  });

  it("gives the same weights", async () => {
    const weights = async (augmentationThread: "always" | "never") => {
      const model = await train(engine, recipe, images, { seed: 7, classes: 3, steps: 10, augmentationThread });
      const bytes = (await model.save()).slice(-4 * model.summary.parameters);
      model.dispose();
      return bytes;
    };
    expect(await weights("always")).toEqual(await weights("never"));
  });

  it("ends with its signal", async () => {
    const stop = new AbortController();
    const options = { seed: 7, classes: 3, augmentationThread: "always", signal: stop.signal } as const;
    const run = train(engine, recipe, images, { ...options, onEpoch: () => stop.abort() });
    await expect(run).rejects.toThrow(/abort/i);
  });
});
