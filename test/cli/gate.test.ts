import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type GateOptions, runGate } from "../../cli/gate.ts";
import { runReport } from "../../cli/report.ts";
import { InputError } from "../../src/errors.ts";
import { reportText } from "../../src/report/parse.ts";
import { bundleFixture } from "../report/fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "errata-gate-"));
afterAll(() => rmSync(folder, { recursive: true }));
const { report } = await bundleFixture({ thumbnails: false });
const path = join(folder, "report.json");
writeFileSync(path, reportText(report));
writeFileSync(join(folder, "index.html"), "");

function listener() {
  let text = "";
  const write = (part: string) => {
    text += part;
    return true;
  };
  return { write, read: () => text };
}

async function gate(options: GateOptions, given = path) {
  const [stdout, stderr] = [listener(), listener()];
  const code = await runGate(given, options, { stdout, stderr });
  return { code, stdout: stdout.read(), stderr: stderr.read() };
}

describe("errata gate", () => {
  it.each<[string, GateOptions, 0 | 1]>([
    ["a share above the line", { failOn: ["coverage-gap>0.5"] }, 1],
    ["a share below the line", { failOn: ["coverage-gap>0.55"] }, 0],
    ["a share in per cent", { failOn: ["coverage-gap > 50%"] }, 1],
    ["a share on the line, excluded", { failOn: ["coverage-gap>0.52"] }, 0],
    ["a share on the line, included", { failOn: ["coverage-gap>=0.52"] }, 1],
    ["the upper end of the interval, when strict", { failOn: ["coverage-gap>0.55"], strict: true }, 1],
    ["a confirmed cause", { failOn: ["label-noise"] }, 1],
    ["a cause that is present only", { failOn: ["leakage"] }, 0],
    ["a refuted cause", { failOn: ["learning-rate"] }, 0],
    ["any confirmed cause", { failOn: ["confirmed"] }, 1],
    ["any confirmed share", { failOn: ["confirmed>0.6"] }, 0],
    ["one of several conditions", { failOn: ["leakage", "label-noise>0.1"] }, 1],
    ["accuracy enough", { minAccuracy: 0.8 }, 0],
    ["accuracy too low", { minAccuracy: 0.9 }, 1],
    ["accuracy's lower end, when strict", { minAccuracy: 0.8, strict: true }, 1],
    ["a mean IoU, which a classification does not have", { minMeanIou: 0.1 }, 1],
    ["nothing asked: any confirmed cause", {}, 1],
  ])("judges %s", async (_, options, code) => {
    const result = await gate(options);
    expect(result.code).toBe(code);
    expect(result.stdout).toContain(code === 0 ? "gate: passed" : "gate: failed");
    expect(result.stderr).toContain(code === 0 ? "Gate passed" : "Gate failed");
  });

  it("gives the reasons, and says what it could not judge", async () => {
    const { stderr } = await gate({ failOn: ["coverage-gap>0.5", "ambiguity>0.1"], minAccuracy: 0.9 });
    expect(stderr).toContain("Coverage gap explains 52.0\u00a0% of the errors, more than the 50.0\u00a0% allowed.");
    expect(stderr).toContain("Accuracy is 81.7\u00a0%, below the 90.0\u00a0% asked for.");
    expect(stderr).toContain("Ambiguity is not tested");
    expect(stderr).toContain("partial");
  });

  it("writes the summary to a file, and then nothing to stdout", async () => {
    const markdown = join(folder, "out.md");
    const { stdout } = await gate({ failOn: ["leakage"], markdown });
    expect(stdout).toBe("");
    expect(readFileSync(markdown, "utf8")).toContain("gate: passed");
  });

  it.each([
    "label-noise>",
    "label-noise<0.1",
    "label noise",
    "",
    "label-noise>1.5",
    "label-nose",
    "label-noise>0.1 or leakage",
    "label-noise>NaN",
  ])("refuses the condition %j and lists the causes", async (condition) => {
    const attempt = gate({ failOn: [condition] });
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(/label-noise>0\.05/);
  });

  it("refuses what is no report, an older report, a missing one and a file that cannot be written", async () => {
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    await expect(gate({}, file("broken.json", "{"))).rejects.toThrow(InputError);
    await expect(gate({}, file("old.json", '{"schema":"errata/report@0"}'))).rejects.toThrow(/another version/);
    await expect(gate({}, join(folder, "none.json"))).rejects.toThrow(InputError);
    await expect(gate({ markdown: join(folder, "no", "where.md") })).rejects.toThrow(InputError);
    await expect(gate({ minAccuracy: Number.NaN })).rejects.toThrow(InputError);
    await expect(gate({ minMeanIou: 70 })).rejects.toThrow(/--min-mean-iou.*no fraction/s);
  });
});

describe("errata report", () => {
  const show = async (given: string, options = {}) => {
    const stdout = listener();
    const opened: string[] = [];
    await runReport(given, options, {
      stdout: { ...stdout, isTTY: false, columns: 80 },
      openPage: async (page) => opened.push(page),
    });
    return { text: stdout.read(), opened };
  };

  it("prints the summary of a folder or of its report.json", async () => {
    expect((await show(folder)).text).toBe((await show(path)).text);
    expect((await show(folder)).text).toContain("1. Coverage gap");
  });

  it("prints report.json as it is", async () => {
    expect((await show(folder, { json: true })).text).toBe(reportText(report));
  });

  it("opens the page", async () => {
    expect((await show(folder, { open: true })).opened).toEqual([join(folder, "index.html")]);
  });

  it("says where there is no report", async () => {
    await expect(show(tmpdir())).rejects.toThrow(/no report in this folder/);
    await expect(show(join(folder, "absent"))).rejects.toThrow(/no such file/);
  });
});
