import { describe, expect, it } from "vitest";
import { judgeGate, parseCondition } from "../../src/report/gate.ts";
import { markdownSummary } from "../../src/report/markdown.ts";
import { summaryText } from "../../src/report/summary.ts";
import { findingOf } from "./findings.ts";
import { bundleFixture, HOSTILE } from "./fixture.ts";

const { report } = await bundleFixture({ classes: 100, thumbnails: false });

describe("the terminal's summary", () => {
  it("says what happened, then the causes in order, then what is left", () => {
    const text = summaryText(report);
    const places = [
      "The model is wrong on 18.3\u00a0%",
      "Accuracy",
      "1. Coverage gap",
      "2. Label noise",
      "5. Leakage",
      "Suspected: Training length",
      "Refuted",
      "Unexplained",
      "Partial",
      "Cost",
    ];
    const found = places.map((each) => text.indexOf(each));
    expect(found.every((at, i) => at >= 0 && (i === 0 || at > found[i - 1]))).toBe(true);
  });

  it.each([40, 72, 200])("fits %i columns", (width) => {
    const lines = summaryText(report, { width }).split("\n");
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(Math.min(width, 100));
  });

  it("has colours only where they are wanted", () => {
    expect(summaryText(report)).not.toContain("\u001b[");
    expect(summaryText(report, { color: true })).toContain("\u001b[");
  });

  it("lets no name steer the terminal", () => {
    const odd = { ...report, says: "The file \u001b]8;;evil\u0007x\u001b[2J is wrong.\u202e" };
    for (const sign of ["\u001b", "\u0007", "\u202e"]) expect(summaryText(odd)).not.toContain(sign);
  });

  it("tells an experiment that takes away as what it is", () => {
    expect(summaryText(report, { width: 200 })).toContain(
      "half of the training images: error 18.3\u00a0% became 21.0\u00a0%",
    );
  });
});

describe("the Markdown summary", () => {
  it("has a row a cause and, with a gate, its result on top", () => {
    const plain = markdownSummary(report);
    expect(plain).toMatch(/^### The model is wrong/);
    expect(plain.match(/^\| \d \|/gm)).toHaveLength(6);
    const failed = judgeGate(report, { conditions: [parseCondition("coverage-gap>0.5")] });
    expect(markdownSummary(report, failed)).toMatch(/^## ❌ Errata gate: failed\n\n- \*\*Coverage gap explains 52/);
  });

  it("shows names as text: no markup, no mention, no link", () => {
    const odd = { ...report, says: `${HOSTILE.script} @team #12 [a](https://x) | \`b\` ![i](x)\n# head` };
    const first = markdownSummary(odd).split("\n")[0];
    expect(first).not.toMatch(/<script|@team|https:\/\/|(?<!\\)\||(?<!\\)`|(?<!\\)\[/);
    expect(first).toContain("&#64;team &#35;12");
    expect(first).toContain("head");
  });

  it("stays below what a comment may hold", () => {
    const causes = Array.from({ length: 400 }, () =>
      findingOf("label-noise", "confirmed", { remedy: { says: "word ".repeat(400) } }),
    );
    const text = markdownSummary({ ...report, causes });
    expect(text.length).toBeLessThan(60_200);
    expect(text).toContain("Cut here");
  });
});
