import { describe, expect, it } from "vitest";
import { InputError, PermanentError } from "../../src/errors.ts";
import { parseReport, reportText } from "../../src/report/parse.ts";
import type { ReportBundle } from "../../src/report/schema.ts";
import { writeReport } from "../../src/report/write.ts";
import { bundleFixture } from "./fixture.ts";

async function written(bundle: ReportBundle, prefix = "reports/tabletop/1"): Promise<Map<string, Buffer>> {
  const objects = new Map<string, Buffer>();
  await writeReport({ put: async (key, bytes) => void objects.set(key, Buffer.from(bytes)) }, prefix, bundle);
  return objects;
}

describe("writing a report", () => {
  it("puts the page, the summary, the tables and, last of all, report.json below the prefix", async () => {
    const objects = await written(await bundleFixture());
    const names = [...objects.keys()];
    expect(names.every((name) => name.startsWith("reports/tabletop/1/"))).toBe(true);
    expect(names.map((name) => name.split("/").pop()).sort()).toEqual(
      ["duplicates", "errors", "label_issues", "slices"]
        .flatMap((name) => [`${name}.arrow`, `${name}.csv`])
        .concat("index.html", "report.json", "summary.md")
        .sort(),
    );
    expect(names.at(-1)).toBe("reports/tabletop/1/report.json");
  });

  it("gives the same bytes for the same bundle, whatever the order of its keys", async () => {
    const first = await written(await bundleFixture());
    const bundle = await bundleFixture();
    bundle.report = Object.fromEntries(Object.entries(bundle.report).reverse()) as unknown as typeof bundle.report;
    bundle.report.subject = {
      ...bundle.report.subject,
      recipe: Object.fromEntries(Object.entries(bundle.report.subject.recipe as object).reverse()),
    };
    const second = await written(bundle);
    for (const [name, bytes] of first)
      if (name.endsWith("index.html")) continue;
      else expect(second.get(name)!.equals(bytes), name).toBe(true);
    expect(
      (await written(await bundleFixture()))
        .get("reports/tabletop/1/index.html")!
        .equals(first.get("reports/tabletop/1/index.html")!),
    ).toBe(true);
  });

  it("writes nothing where the report breaks its schema", async () => {
    const bundle = await bundleFixture({ thumbnails: false });
    bundle.report.baseline.accuracy!.value = Number.NaN;
    const objects = new Map();
    const target = { put: async (key: string, bytes: Uint8Array) => void objects.set(key, bytes) };
    const attempt = writeReport(target, "", bundle);
    await expect(attempt).rejects.toThrow(PermanentError);
    await expect(attempt).rejects.toThrow(/baseline\.accuracy\.value/);
    expect(objects.size).toBe(0);
  });

  it("reads back what it wrote", async () => {
    const { report } = await bundleFixture({ classes: 100, thumbnails: false });
    expect(parseReport(reportText(report), "report.json")).toEqual(report);
  });
});

describe("reading a report", () => {
  const failure = (text: string): InputError => {
    try {
      parseReport(text, "report.json");
    } catch (error) {
      if (error instanceof InputError) return error;
    }
    throw new Error("It was read.");
  };

  it.each([
    ["", /empty/],
    ["{", /not JSON/],
    ["[]", /no Errata report/],
    ["null", /no Errata report/],
    ['{"schema":"errata/report@0"}', /another version: errata\/report@0/],
    ['{"schema":"errata/report@1"}', /damaged/],
  ])("says what is wrong with %j, and what to do", (text, says) => {
    const error = failure(text);
    expect(error.message).toMatch(says);
    expect(error.message).toMatch(/^report\.json/);
    expect(error.remedy).not.toBe("");
  });

  it("names the field that is damaged", async () => {
    const { report } = await bundleFixture({ thumbnails: false });
    const broken = { ...report, baseline: { ...report.baseline, accuracy: { value: 0.5, low: "0.4", high: 0.6 } } };
    expect(failure(JSON.stringify(broken)).field).toBe("baseline.accuracy.low");
  });
});
