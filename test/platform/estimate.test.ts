/** Estimates follow from their rates, and the calls they count are those that a run makes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EFFORTS } from "../../src/audit/effort.ts";
import { ITEM_CALLS } from "../../src/platform/aws/call-rates.ts";
import { estimate, type Rates } from "../../src/platform/aws/estimate.ts";
import { idleMonth } from "../../src/platform/aws/idle.ts";
import { measureRates } from "../../src/platform/aws/measure.ts";
import { readSettings } from "../../src/platform/aws/team-settings.ts";
import { simulateRun } from "../scale/simulate.ts";
import { temporaryFolder } from "../support/data.ts";
import { BLINK, write, writePictures } from "../support/pictures.ts";

const { context } = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));
const settings = readSettings((key) => (key === "team" ? "vision" : context[key]));
const folder = temporaryFolder();
afterAll(folder.remove);

const RATES: Rates = {
  images: 10_000,
  files: 10_001,
  bytes: 1e9,
  shards: 20,
  packedBytes: 5_000,
  effort: "quick",
  engine: "wasm",
  intakeSeconds: 2,
  startSeconds: 1,
  ingestSecondsAnImage: 0.01,
  inferSecondsAnImage: 0.002,
  training: { imagesASecond: 1_000, imagesARun: 70_000 },
};
const costOf = (rates: Rates, what: string) =>
  estimate(rates, settings).costs.find((cost) => cost.what.startsWith(what))!;

describe("an estimate", () => {
  it("spends on GPUs what the effort may spend, at the measured speed", () => {
    const { usd, amount } = costOf(RATES, "GPU");
    // 28 runs of 70 seconds; four workers that idle for three minutes.
    const hours = (EFFORTS.quick.maximumCost * 70 + 4 * 180) / 3600;
    expect(amount).toBe(`${hours.toFixed(1)} hours`);
    expect(usd).toBeCloseTo(hours * (1.006 + 0.005), 6);
  });

  it("grows with the images where it should", () => {
    const larger = { ...RATES, images: 20_000, shards: 40, files: 20_001 };
    for (const what of ["functions", "storage requests"]) {
      const ratio = costOf(larger, what).usd / costOf(RATES, what).usd;
      expect(ratio, what).toBeGreaterThan(1.8);
      expect(ratio, what).toBeLessThan(2.1);
    }
    expect(costOf(larger, "GPU").usd).toBe(costOf(RATES, "GPU").usd);
  });

  it("trains nothing where there is nothing to train", () => {
    const { training: _, ...untrained } = RATES;
    expect(costOf(untrained, "GPU").amount).toBe("0.1 hours");
  });

  it("counts no fewer calls an item than a run makes, and not many more", { timeout: 180_000 }, async () => {
    const { counts, items } = await simulateRun(20_000, 100);
    const all = Object.values(items).reduce((sum, n) => sum + n, 0);
    const of = (what: string) =>
      Object.entries(counts).reduce((sum, [name, n]) => sum + (name.endsWith(` ${what}`) ? n : 0), 0) / all;
    const writes = of("ledger writes");
    expect(writes).toBeLessThanOrEqual(ITEM_CALLS.ledgerWrites);
    expect(of("ledger reads")).toBeLessThanOrEqual(ITEM_CALLS.ledgerReads);
    expect(of("store")).toBeLessThanOrEqual(ITEM_CALLS.storeReads + ITEM_CALLS.storeWrites);
    expect(writes).toBeGreaterThan(ITEM_CALLS.ledgerWrites / 2);
  });
});

describe("measured rates", () => {
  let rates: Rates;
  beforeAll(async () => {
    const data = join(folder.path, "mugs");
    await writePictures(data, ["mug", "plate"], 20);
    write(data, {
      "errata.json": { schema: "errata/request@1", effort: "quick", subject: { recipe: "recipe.json" } },
      "recipe.json": BLINK,
    });
    rates = await measureRates(data);
  });

  it("are those of the dataset", () => {
    expect(rates).toMatchObject({ images: 40, files: 41, shards: 1, effort: "quick" });
    const { training, ...rest } = rates;
    for (const value of [rest.ingestSecondsAnImage, rest.packedBytes, rest.intakeSeconds, training!.imagesASecond])
      expect(value).toBeGreaterThan(0);
    // 28 images to train on, in one epoch of batches of 8.
    expect(training!.imagesARun).toBe(32);
  });
});

it("an idle month costs what the documentation says", () => {
  const documented = readFileSync(new URL("../../infra/README.md", import.meta.url), "utf8");
  for (const { usd, what } of idleMonth()) expect(documented, what).toContain(`| ${usd.toFixed(2)} |`);
});
