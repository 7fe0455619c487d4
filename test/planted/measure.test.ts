import { describe, expect, it } from "vitest";
import { EFFORTS } from "../../src/audit/effort.ts";
import { variantsFor } from "../../src/model/perturb.ts";
import { openTested } from "../support/engine.ts";
import { rowsOf } from "./alter.ts";
import { alive, errorRate, triesFor } from "./measure.ts";
import type { Dataset, RecipeFile } from "./types.ts";

const shape = { height: 8, width: 8, channels: 1 as const };
const pixelsOf = (row: number) =>
  Array.from({ length: 64 }, () => (row % 2 === 1 ? 200 + (row % 40) : 20 + (row % 40)));

/** Dark and bright squares; those of the check part are negatives. */
const data = {
  shape,
  classes: ["dark", "bright"],
  labels: Uint8Array.from({ length: 120 }, (_, row) => row % 2),
  parts: Array.from({ length: 120 }, (_, row) => (row < 80 ? "train" : "check")),
  pixels: Uint8Array.from(
    Array.from({ length: 120 }, (_, row) => pixelsOf(row).map((value) => (row < 80 ? value : 255 - value))).flat(),
  ),
  columns: {},
} as unknown as Dataset;

const recipe: RecipeFile = {
  architecture: [
    { flatten: {} },
    { dense: { units: 8, activation: "relu" } },
    { dense: { units: 2, activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate: 0.01 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 20, batchSize: 16 },
};

describe("measuring a fix", () => {
  it("judges images in the form that the report names", async () => {
    const engine = await openTested();
    const plan = { rows: rowsOf(data, "train"), recipe, says: [] };
    const form = variantsFor(shape).find(({ id }) => id === "inverted");
    const measured = (given: object) =>
      errorRate(engine, data, { ...plan, ...given }, rowsOf(data, "check"), plan.rows.length, 1);
    expect(await measured({})).toBe(1);
    expect(await measured({ form })).toBe(0);
  });

  it("searches at random as often as the audit had experiments, whether it trained them or found them in its cache", () => {
    const timesOneRun = 40;
    expect(triesFor({ trainingRuns: 47, fromCache: 0, timesOneRun }, EFFORTS.standard)).toBe(10);
    expect(triesFor({ trainingRuns: 2, fromCache: 45, timesOneRun }, EFFORTS.standard)).toBe(10);
    expect(triesFor({ trainingRuns: 7, fromCache: 0, timesOneRun }, EFFORTS.standard)).toBe(6);
  });

  it("holds a promise against seeds that live, and waits for one where all died", async () => {
    const others = [0.5, 0.2, 0.1];
    const of = (errors: number[], more: number) => alive(errors, 0.45, more, async (k) => others[k]);
    expect(await of([0.5, 0.3, 0.4], 3)).toEqual([0.3, 0.4]);
    expect(await of([0.5, 0.5], 3)).toEqual([0.2]);
    expect(await of([0.5, 0.5], 1)).toEqual([0.5, 0.5, 0.5]);
    expect(await of([0.5, 0.5], 0)).toEqual([0.5, 0.5]);
  });
});
