import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, describe, expect, it } from "vitest";
import { draw, hasData, missing, mnist, SOUND, temporaryFolder, withWrongLabels, writeIdx } from "../support/data.ts";
import { audited, causeOf, confirmedCauses, flags, table } from "../support/errata.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

/** A dataset and a recipe on disk. */
function prepare(
  name: string,
  train: Parameters<typeof writeIdx>[1],
  test: Parameters<typeof writeIdx>[2],
  recipe: unknown = SOUND,
): string[] {
  const path = join(folder.path, name);
  writeIdx(path, train, test);
  writeFileSync(`${path}.json`, JSON.stringify(recipe));
  return [path, ...flags({ recipe: `${path}.json`, effort: "quick", workers: 1, out: `${path}-out` })];
}

function suspects(name: string): Record<string, string>[] {
  const rows: Record<string, string>[] = parse(readFileSync(join(folder.path, `${name}-out`, "label_issues.csv")), {
    columns: true,
  });
  return rows.filter(({ is_label_issue }) => is_label_issue === "True");
}

/** Share of the worst suspects among the training images whose labels are truly wrong. */
function precisionOfWorst(name: string, wrong: Set<number>, count: number): number {
  const rows: Record<string, string>[] = parse(readFileSync(join(folder.path, `${name}-out`, "label_issues.csv")), {
    columns: true,
  });
  const worst = rows
    .filter(({ split }) => split === "train")
    .sort((a, b) => Number(a.label_score) - Number(b.label_score))
    .slice(0, count);
  return worst.filter(({ file }) => wrong.has(Number(file.split("/").at(-1)))).length / count;
}

// One worker each and as many at once as there are cores: one audit on two cores leaves a fifth of them idle.
// The longest begins, so that none of them is left to run alone.
describe.runIf(hasData("mnist"))("MNIST", { concurrent: true }, () => {
  const digits = hasData("mnist") ? { train: mnist("train"), test: mnist("t10k") } : undefined!;

  it("blames nothing but the amount of data where 10,000 images meet a sound recipe", async () => {
    const report = await audited(
      prepare("sound", draw(digits.train, 10_000, 9), draw(digits.test, 10_000, 10), {
        ...SOUND,
        fit: { epochs: 6, batchSize: 64 },
      }),
    );
    console.log(table("10,000 images, sound recipe", report));
    expect(confirmedCauses(report).filter((cause) => cause !== "insufficient-data")).toEqual([]);
  });

  it("names labels shifted to the next class first, and finds them", async () => {
    const train = withWrongLabels(draw(digits.train, 3000, 1), 0.35, "next", 1);
    const report = await audited(prepare("next", train, draw(digits.test, 4000, 2)));
    console.log(table("35 % of labels to the next class", report));
    expect(report.causes[0]).toMatchObject({ cause: "label-noise", verdict: "confirmed" });
    const precision = precisionOfWorst("next", train.wrong, 300);
    console.log(`  ${(100 * precision).toFixed(1)} % of the 300 worst suspects are truly wrong`);
    expect(precision).toBeGreaterThanOrEqual(0.9);
  });

  it("finds random wrong labels, whatever they cost", async () => {
    const train = withWrongLabels(draw(digits.train, 3000, 3), 0.2, "random", 3);
    const report = await audited(prepare("random", train, draw(digits.test, 4000, 4)));
    console.log(table("20 % of labels at random", report));
    const finding = causeOf(report, "label-noise");
    expect(["confirmed", "present"]).toContain(finding.verdict);
    expect(finding.experiment ?? finding.says).toBeTruthy();
    const precision = precisionOfWorst("random", train.wrong, 300);
    console.log(`  ${(100 * precision).toFixed(1)} % of the 300 worst suspects are truly wrong`);
    expect(precision).toBeGreaterThanOrEqual(0.9);
  });

  it.each([
    ["two epochs", { ...SOUND, fit: { ...SOUND.fit, epochs: 2 } }],
    [
      "a learning rate 30 times too high",
      { ...SOUND, compile: { ...SOUND.compile, optimizer: { name: "adam", learningRate: 0.03 } } },
    ],
  ])("blames the training, and no data, for %s", async (name, recipe) => {
    const report = await audited(
      prepare(name.replaceAll(" ", "-"), draw(digits.train, 3000, 5), draw(digits.test, 4000, 6), recipe),
    );
    console.log(table(name, report));
    expect(["training-length", "learning-rate"]).toContain(report.causes[0].cause);
    expect(report.causes[0].verdict).toBe("confirmed");
    for (const cause of ["label-noise", "coverage-gap", "class-imbalance", "leakage"])
      expect(confirmedCauses(report)).not.toContain(cause);
  });

  it("names memorising for the article's deep net without dropout", async () => {
    const recipe = {
      ...SOUND,
      architecture: [
        ...[32, 64, 128].flatMap((filters) => [
          { conv2d: { filters, kernelSize: 3, padding: "same", activation: "relu" } },
          { maxPooling2d: { poolSize: 2 } },
        ]),
        { flatten: {} },
        { dense: { units: 256, activation: "relu" } },
        { dense: { units: "classes", activation: "softmax" } },
      ],
    };
    const report = await audited(prepare("article", draw(digits.train, 300, 7), draw(digits.test, 4000, 8), recipe));
    console.log(table("Conv32-Conv64-Conv128-Dense256 without dropout, 300 images", report));
    expect(["regularization", "overfit", "insufficient-data"]).toContain(report.causes[0].cause);
    expect(report.causes[0].verdict).toBe("confirmed");
    for (const { family } of report.causes.filter(({ verdict }) => verdict === "confirmed"))
      expect(family).not.toBe("data-quality");
  });

  it("judges the labels of the images that a limit leaves out", async () => {
    const train = withWrongLabels(draw(digits.train, 6000, 11), 0.1, "random", 11);
    const [path, ...args] = prepare("limited", train, draw(digits.test, 2000, 12));
    const request = { schema: "errata/request@1", data: { path: ".", limit: 2500 } };
    writeFileSync(join(path, "errata.json"), JSON.stringify(request));
    const report = await audited([join(path, "errata.json"), ...args]);
    console.log(table("2,500 of 8,000 images, 10 % of labels at random", report));
    const { images, beyond } = report.dataset;
    expect(images).toBeGreaterThan(2200);
    expect(images).toBeLessThan(2800);
    expect(beyond).toMatchObject({ images: 8000 - images, judged: 8000 - images });
    console.log(`  ${beyond?.suspect} suspects beyond the limit`);
    const flagged = suspects("limited").filter(({ split }) => split === "train");
    const found = flagged.filter(({ file }) => train.wrong.has(Number(file.split("/").at(-1)))).length;
    console.log(`  ${found} of ${train.wrong.size} wrong labels found, ${flagged.length - found} others flagged`);
    expect(found / train.wrong.size).toBeGreaterThan(0.9);
    expect(found / flagged.length).toBeGreaterThan(0.8);
  });
});

describe.skipIf(hasData("mnist"))("MNIST", () => {
  it.skip(`cannot run: ${missing("mnist")}`, () => {});
});
