import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { CauseId } from "../../src/causes/types.ts";
import { type Digits, draw, hasData, missing, mnist, SOUND, temporaryFolder, writeIdx } from "../support/data.ts";
import { audited, causeOf, confirmedCauses, table } from "../support/errata.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

type Recipe = typeof SOUND & { input?: unknown };
const changed = (change: object): Recipe => ({ ...SOUND, ...change }) as Recipe;
const withFit = (change: object): Recipe => changed({ fit: { ...SOUND.fit, ...change } });
const HEAD = { dense: { units: "classes", activation: "softmax" } };

/** One fault a recipe, the causes that may come first, and what may be confirmed beside them. */
const RECIPES: [name: string, recipe: Recipe, first: CauseId[]][] = [
  [
    "digits turned any way and upside down",
    withFit({ augmentation: { rotation: 180, verticalFlip: true } }),
    ["destructive-augmentation"],
  ],
  ["batches of 512 of 2,000 images", withFit({ batchSize: 512 }), ["batch-size"]],
  [
    "absolute error on softmax",
    changed({ compile: { ...SOUND.compile, loss: "meanAbsoluteError" } }),
    ["loss-mismatch"],
  ],
  [
    "pixels of 0..255 under plain SGD",
    changed({
      input: { scale: "0..255" },
      compile: { ...SOUND.compile, optimizer: { name: "sgd", learningRate: 0.05 } },
    }),
    ["preprocessing-mismatch"],
  ],
  [
    "four filters in each layer",
    changed({
      architecture: [
        { conv2d: { filters: 4, kernelSize: 3, activation: "relu" } },
        { maxPooling2d: { poolSize: 2 } },
        { conv2d: { filters: 4, kernelSize: 3, activation: "relu" } },
        { conv2d: { filters: 4, kernelSize: 3, activation: "relu" } },
        { globalAveragePooling2d: {} },
        HEAD,
      ],
      compile: { ...SOUND.compile, optimizer: { name: "adam", learningRate: 0.01 } },
      fit: { epochs: 20, batchSize: 32 },
    }),
    ["underfit"],
  ],
  [
    "one layer that makes the image seven times smaller",
    changed({
      architecture: [
        { conv2d: { filters: 16, kernelSize: 3, padding: "same", activation: "relu" } },
        { averagePooling2d: { poolSize: 7 } },
        { flatten: {} },
        { dropout: { rate: 0.25 } },
        HEAD,
      ],
      compile: { ...SOUND.compile, optimizer: { name: "adam", learningRate: 0.005 } },
      fit: { epochs: 15, batchSize: 32 },
    }),
    ["architecture-choice"],
  ],
];

describe.runIf(hasData("mnist"))("faults planted in MNIST", () => {
  const digits = hasData("mnist") ? { train: mnist("train"), test: mnist("t10k") } : undefined!;

  /** Audits 2,000 training and 2,000 test images at the effort `quick`. */
  async function audit(name: string, recipe: Recipe, train: Digits, test: Digits) {
    const path = join(folder.path, name.replaceAll(/[^a-z0-9]+/g, "-"));
    writeIdx(path, train, test);
    writeFileSync(`${path}.json`, JSON.stringify(recipe));
    const report = await audited([path, "--recipe", `${path}.json`, "--effort", "quick", "--out", `${path}-out`]);
    console.log(table(name, report));
    return report;
  }

  it.each(RECIPES)("names %s", async (name, recipe, first) => {
    const report = await audit(name, recipe, draw(digits.train, 2000, 31), draw(digits.test, 2000, 32));
    expect(first).toContain(report.causes[0].cause);
    expect(report.causes[0].verdict).toBe("confirmed");
    const data: string[] = ["label-noise", "coverage-gap", "class-imbalance", "leakage", "spurious-correlation"];
    expect(confirmedCauses(report).filter((cause) => data.includes(cause))).toEqual([]);
    expect(causeOf(report, first[0]).remedy.says).toMatch(/\d/);
  });

  it.each([41, 43, 45])(
    "blames a sound recipe on clean digits for nothing but the amount of data (draw %i)",
    async (seed) => {
      const report = await audit(
        `clean ${seed}`,
        SOUND,
        draw(digits.train, 2000, seed),
        draw(digits.test, 2000, seed + 1),
      );
      expect(confirmedCauses(report).filter((cause) => cause !== "insufficient-data")).toEqual([]);
    },
  );
});

describe.skipIf(hasData("mnist"))("faults planted in MNIST", () => {
  it.skip(`cannot run: ${missing("mnist")}`, () => {});
});
