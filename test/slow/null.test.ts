import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import pMap from "p-map";
import { afterAll, describe, expect, it } from "vitest";
import { draw, hasData, missing, mnist, SOUND, temporaryFolder, writeIdx } from "../support/data.ts";
import { audited, confirmedCauses, flags } from "../support/errata.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const AUDITS = 20;
/** Small, but trained to the end, so that nothing but the amount of data is left to blame. */
const RECIPE = {
  ...SOUND,
  architecture: [
    { conv2d: { filters: 8, kernelSize: 3, strides: 2, activation: "relu" } },
    { conv2d: { filters: 16, kernelSize: 3, strides: 2, activation: "relu" } },
    { flatten: {} },
    { dropout: { rate: 0.3 } },
    { dense: { units: "classes", activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate: 0.003 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 20, batchSize: 32 },
};

describe.runIf(hasData("mnist"))("audits of clean data", () => {
  it(`confirm a cause other than insufficient-data at most once in ${AUDITS}`, async () => {
    const digits = { train: mnist("train"), test: mnist("t10k") };
    const recipe = join(folder.path, "recipe.json");
    writeFileSync(recipe, JSON.stringify(RECIPE));
    const one = async (_: unknown, k: number): Promise<string[]> => {
      const path = join(folder.path, `${k}`);
      writeIdx(path, draw(digits.train, 500, 100 + k), draw(digits.test, 1000, 200 + k));
      const options = { recipe, effort: "quick", seed: k, workers: 1, out: `${path}-out` };
      const report = await audited([path, ...flags(options)]);
      console.log(
        `clean audit ${k + 1} of ${AUDITS}: ${report.says} (${report.run.seconds} s, ${report.cost.timesOneRun.toFixed(1)} training runs)`,
      );
      return confirmedCauses(report).filter((cause) => cause !== "insufficient-data");
    };
    const found = await pMap(Array.from({ length: AUDITS }), one, { concurrency: availableParallelism() });
    expect(found.filter((causes) => causes.length > 0).length).toBeLessThanOrEqual(1);
  });
});

describe.skipIf(hasData("mnist"))("audits of clean data", () => {
  it.skip(`cannot run: ${missing("mnist")}`, () => {});
});
