import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { seedChurn } from "../../src/report/charts.ts";
import { escapeHtml, html, trusted } from "../../src/report/html.ts";
import { recipeDiff } from "../../src/report/page/change.ts";
import { renderPage } from "../../src/report/page/page.ts";
import type { ReportBundle } from "../../src/report/schema.ts";
import { bundleFixture, HOSTILE } from "./fixture.ts";

describe("html", () => {
  it("escapes what it is filled with, in text and attributes", () => {
    expect(html`<p title="${HOSTILE.attribute}">${HOSTILE.script}</p>`.text).toBe(
      `<p title="&quot; onmouseover=&quot;alert(1)">&lt;script&gt;alert(&quot;owned&quot;)&lt;/script&gt;</p>`,
    );
  });

  it("keeps markup, joins lists, leaves out nothing-values", () => {
    expect(html`${[html`<b>${1}</b>`, trusted("<i></i>")]}${null}${undefined}${false}${0}`.text).toBe(
      "<b>1</b><i></i>0",
    );
  });

  it("shows signs that turn text around or cannot be seen as replaced", () => {
    expect(escapeHtml("a\u0000b\u202egnp.exe\nc")).toBe("a�b�gnp.exe\nc");
  });
});

describe("the change of a recipe", () => {
  const recipe = { architecture: [{ flatten: {} }, { dense: { units: 2 } }], fit: { epochs: 10, batchSize: 32 } };

  it("shows the lines that go and come", () => {
    const lines = recipeDiff(recipe, {
      architecture: [{ flatten: {} }, { dropout: { rate: 0.5 } }, { dense: { units: 2 } }],
    });
    expect(lines.filter(({ kind }) => kind !== "same")).toEqual([
      { kind: "new", text: '    {"dropout": {"rate": 0.5}},' },
    ]);
  });

  it("shows only the fields that change", () => {
    expect(recipeDiff(recipe, { fit: { epochs: 20 } })).toEqual([
      { kind: "same", text: "{" },
      { kind: "gone", text: '  "fit": {"epochs": 10}' },
      { kind: "new", text: '  "fit": {"epochs": 20}' },
      { kind: "same", text: "}" },
    ]);
  });

  it("shows what is new where the recipe is not known", () => {
    expect(recipeDiff(undefined, { fit: { epochs: 20 } }).every(({ kind }) => kind === "new")).toBe(true);
  });
});

it("measures churn as the share of images on which two seeds disagree", async () => {
  const bundle = await bundleFixture({ thumbnails: false });
  // 40 of 1,240 images are wrong in 2 of 5 seeds: pairs of seeds disagree on 2 x 3 of 10.
  expect(seedChurn(bundle)).toBeCloseTo((40 * 0.6) / 1240);
});

describe.each([
  ["two classes", { classes: 2 }],
  ["a hundred classes", { classes: 100 }],
  ["predictions only", { predictionsOnly: true }],
])("the page of %s", (_, options) => {
  let bundle: ReportBundle;
  let page: string;
  beforeAll(async () => {
    bundle = await bundleFixture(options);
    page = renderPage(bundle);
  });

  it("is one file that asks nothing of the network", () => {
    expect(page.match(/(src|href)="(https?:)?\/\/|@import|url\((?!#)/)?.[0]).toBeUndefined();
    expect(page.length).toBeLessThan(3_000_000);
  });

  it("allows its own style and script only", () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1];
    for (const element of ["style", "script"]) {
      const text = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(page)![1];
      const digest = createHash("sha256").update(text).digest("base64");
      expect(policy.replaceAll("&#39;", "'")).toContain(`${element}-src 'sha256-${digest}'`);
    }
    expect(page.match(/<script/g)).toHaveLength(1);
    const tags = page.match(/<[a-z][^>]*>/g)!.map((tag) => tag.replace(/"[^"]*"/g, '""'));
    expect(tags.filter((tag) => / (style|on\w+)=/i.test(tag))).toEqual([]);
    expect(policy).toContain("default-src &#39;none&#39;");
  });

  it("shows names as text, never as markup", () => {
    const holds = (text: string) => page.includes(text);
    expect(holds(HOSTILE.script)).toBe(false);
    expect(holds(`"${HOSTILE.attribute}`)).toBe(false);
    expect(holds("&lt;script&gt;alert(&quot;owned&quot;)&lt;/script&gt;")).toBe(true);
  });

  it("draws in the page's colours only, and has no id twice", () => {
    const drawings = page.match(/<svg class="(wide|narrow)"[\s\S]*?<\/svg>/g) ?? [];
    for (const drawing of drawings) {
      expect(drawing.match(/(fill|stroke)="(#|rgb)[^"]*"| style=|<style|ecmeta/)?.[0]).toBeUndefined();
      expect(drawing.slice(0, 160)).toMatch(/role="img" aria-labelledby="[\w-]+"/);
    }
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  it("leads every link within the page somewhere", () => {
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  it("is the same each time", async () => {
    expect(renderPage(await bundleFixture(options)) === page).toBe(true);
  });

  it("says of every cause what is known of it", () => {
    for (const { cause, verdict } of bundle.report.causes)
      if (verdict !== "not-tested") expect(page.includes(`id="cause-${cause}"`), cause).toBe(true);
    expect(page.includes(predictionsText(bundle))).toBe(true);
  });
});

const predictionsText = ({ report }: ReportBundle): string =>
  report.cost.trainingRuns === 0 ? "Nothing was retrained" : "Holm";

it("says that doubtful labels are no finding where the experiment found no noise", async () => {
  const bundle = await bundleFixture({ thumbnails: false });
  const says = "hard images with sound labels";
  expect(renderPage(bundle).includes(says)).toBe(false);
  bundle.report.causes.find(({ cause }) => cause === "label-noise")!.verdict = "refuted";
  expect(renderPage(bundle).includes(says)).toBe(true);
});

describe("a page with little to show", () => {
  it("stands without thumbnails, tables, curves and causes", async () => {
    const bundle = await bundleFixture({ thumbnails: false });
    bundle.tables = { errors: [], label_issues: [], duplicates: [], slices: [] };
    bundle.curves = [];
    bundle.learningCurve = [];
    bundle.report.causes = [];
    bundle.report.together = null;
    const page = renderPage(bundle);
    expect(page.includes("No cause is confirmed")).toBe(true);
    for (const id of ["labels", "mistakes", "duplicates", "slices", "training"])
      expect(page.includes(`href="#${id}"`)).toBe(false);
  });

  it("stays below three megabytes with many large thumbnails", async () => {
    const bundle = await bundleFixture({ thumbnails: false });
    bundle.thumbnails = Object.fromEntries(bundle.tables.errors.map(({ file }) => [file, new Uint8Array(100_000)]));
    const page = renderPage(bundle);
    expect(page.length).toBeLessThan(3_000_000);
    expect(page.includes("no preview")).toBe(true);
  });
});
