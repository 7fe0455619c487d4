import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LabelsOptions, runLabels } from "../../cli/labels.ts";
import { writeScore } from "../../cli/labels-table.ts";
import { InputError } from "../../src/errors.ts";
import { random } from "../../src/random.ts";
import { findLabelIssues } from "../../src/stats/label-issues.ts";
import { DATA, hasLabelErrors, labelSet } from "../stats/label-sets.ts";
import { errata } from "../support/errata.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "errata-labels-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Body = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

function npy(name: string, descr: string, shape: number[], body: Body, fortran = false): string {
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${shape.join(", ")},), }`;
  const header = Buffer.from(`${dict.padEnd(117)}\n`, "latin1");
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([start, header, Buffer.from(body.buffer, body.byteOffset, body.byteLength)]));
  return path;
}

function columnsFirst<T extends Float32Array | Float64Array>(values: T, columns: number): T {
  const rows = values.length / columns;
  return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)]) as T;
}

/** 300 images of 4 classes, every tenth label wrong. */
function made() {
  const chance = random(2);
  const labels = new Int32Array(300);
  const probabilities = new Float64Array(1200);
  for (let i = 0; i < 300; i++) {
    const truth = chance.int(4);
    labels[i] = i % 10 === 0 ? (truth + 1) % 4 : truth;
    const rest = 0.05 + 0.4 * chance.float();
    for (let k = 0; k < 4; k++) probabilities[i * 4 + k] = k === truth ? 1 - rest : rest / 3;
  }
  return { labels, probabilities };
}

async function run(options: Omit<LabelsOptions, "out">) {
  let said = "";
  const out = join(folder, "issues.csv");
  const silent = { write: () => true };
  const summary = await runLabels({ ...options, out }, { stdout: { write: (text) => (said += text) }, stderr: silent });
  const [head, ...rows] = readFileSync(out, "utf8").trimEnd().split("\n");
  return { summary, said, head, rows: rows.map((row) => row.split(",")) };
}

describe("errata labels", () => {
  it("writes one row an image in input order, as in memory", async () => {
    const { labels, probabilities } = made();
    const { head, rows, said, summary } = await run({
      labels: npy("labels.npy", "<i8", [300], BigInt64Array.from(labels, BigInt)),
      predProbs: npy("p.npy", "<f8", [300, 4], probabilities),
    });
    const issues = findLabelIssues(labels, probabilities, 4);
    expect(head).toBe("is_label_issue,label_score,given_label,predicted_label");
    expect(rows.map(([flag]) => flag)).toEqual(Array.from(issues.isIssue, (flag) => (flag ? "True" : "False")));
    expect(rows.map(([, , given]) => Number(given))).toEqual(Array.from(labels));
    expect(rows.map(([, , , predicted]) => Number(predicted))).toEqual(Array.from(issues.predicted));
    expect(rows.every(([, score]) => Number(score) >= 0 && Number(score) <= 1)).toBe(true);
    expect(summary.flagged).toBe(30);
    expect(said).toContain("30 of 300 labels");
  });

  it.each(["<f8", "<f4"])("reads %s in C and Fortran order alike", async (descr) => {
    const { labels, probabilities } = made();
    const values = descr === "<f8" ? probabilities : Float32Array.from(probabilities);
    const given = npy("labels.npy", "<i4", [300], labels);
    const c = await run({ labels: given, predProbs: npy("c.npy", descr, [300, 4], values) });
    const f = await run({ labels: given, predProbs: npy("f.npy", descr, [300, 4], columnsFirst(values, 4), true) });
    expect(f.rows).toEqual(c.rows);
  });

  it("writes the same through the command line, which loads one file of JavaScript", async () => {
    const { labels, probabilities } = made();
    const files = {
      labels: npy("labels.npy", "<i4", [300], labels),
      predProbs: npy("p.npy", "<f8", [300, 4], probabilities),
    };
    const { said, rows } = await run(files);
    const out = join(folder, "command.csv");
    const args = ["labels", "--labels", files.labels, "--pred-probs", files.predProbs, "--out", out];
    const { code, stdout, stderr } = await errata(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(said.replace("issues.csv", "command.csv"));
    expect(readFileSync(out, "utf8")).toBe(`${readFileSync(join(folder, "issues.csv"), "utf8")}`);
    expect(rows.length).toBe(300);
    const { code: bad, stderr: says } = await errata([
      "labels",
      "--labels",
      "none.npy",
      "--pred-probs",
      files.predProbs,
    ]);
    expect({ bad, says }).toEqual({
      bad: 2,
      says: expect.stringMatching(/^errata: none\.npy: The file cannot be opened/),
    });
  });

  it.skipIf(!hasLabelErrors)("agrees with memory on a published set of several blocks (ERRATA_DATA)", async () => {
    const { labels, probabilities } = labelSet("cifar10n-aggregate", "resnet18");
    const set = `${DATA}/label-errors/cifar10n-aggregate`;
    const { rows } = await run({ labels: `${set}/labels.npy`, predProbs: `${set}/pred_probs-resnet18.npy` });
    const { isIssue } = findLabelIssues(labels, probabilities, 10);
    expect(rows.map(([flag]) => (flag === "True" ? 1 : 0))).toEqual(Array.from(isIssue));
  });

  const wrong = (change: (p: Float64Array) => void) => {
    const { labels, probabilities } = made();
    change(probabilities);
    return { labels: npy("labels.npy", "<i4", [300], labels), predProbs: npy("p.npy", "<f8", [300, 4], probabilities) };
  };
  const bad: [string, () => Omit<LabelsOptions, "out">, RegExp][] = [
    ["NaN", () => wrong((p) => p.fill(Number.NaN, 41, 42)), /p\.npy: row 10: .*NaN/],
    ["rows that do not sum to one", () => wrong((p) => p.fill(0.9, 40, 42)), /p\.npy: row 10: .*sum to .*softmax/],
    ["negative probabilities", () => wrong((p) => p.set([-0.5, 1.5, 0, 0], 8)), /p\.npy: row 2: .*no probability/],
    [
      "one dimension",
      () => ({ ...wrong(() => {}), predProbs: npy("p.npy", "<f8", [1200], made().probabilities) }),
      /p\.npy: shape: .*\(1200\)/,
    ],
    [
      "three dimensions",
      () => ({ ...wrong(() => {}), predProbs: npy("p.npy", "<f8", [300, 2, 2], made().probabilities) }),
      /p\.npy: shape: .*\(300, 2, 2\)/,
    ],
    [
      "other lengths",
      () => ({ ...wrong(() => {}), labels: npy("labels.npy", "<i4", [200], made().labels.slice(0, 200)) }),
      /labels\.npy: labels: It has 200 labels for 300/,
    ],
    [
      "labels outside the classes",
      () => ({ ...wrong(() => {}), labels: npy("labels.npy", "<i4", [300], made().labels.fill(4, 7, 8)) }),
      /labels\.npy: row 7: The label 4 is none of the 4/,
    ],
    [
      "a file that is cut off",
      () => ({ ...wrong(() => {}), predProbs: npy("p.npy", "<f8", [300, 4], made().probabilities.slice(0, 90)) }),
      /p\.npy: /,
    ],
    ["text", () => ({ ...wrong(() => {}), predProbs: import.meta.filename }), /labels\.test\.ts: /],
    [
      "no file",
      () => ({ ...wrong(() => {}), labels: join("nowhere", "labels.npy") }),
      /labels\.npy: The file cannot be opened/,
    ],
  ];
  it.each(bad)("refuses %s, naming file, place and remedy, and leaves nothing", async (_what, options, message) => {
    const failure = run(options());
    await expect(failure).rejects.toThrow(InputError);
    await expect(failure).rejects.toThrow(message);
    expect(readdirSync(folder).filter((name) => !name.endsWith(".npy"))).toEqual([]);
  });

  it("writes scores as seven significant digits, without zeros at the end", () => {
    const bytes = Buffer.alloc(64);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const written = (score: number) => bytes.toString("latin1", 0, writeScore(bytes, view, 0, score));
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x3f800000 }), (pattern) => {
        bits[0] = pattern;
        expect(written(float[0])).toBe(String(Number(float[0].toPrecision(7))));
      }),
      { numRuns: 5000 },
    );
    for (const edge of [1e-5, 1e-4, 0.001, 0.01, 0.1, 1])
      for (let step = -300; step <= 300; step++) {
        float[0] = edge;
        bits[0] += step;
        if (float[0] <= 1) expect(written(float[0])).toBe(String(Number(float[0].toPrecision(7))));
      }
  });

  it("says where the table cannot be written", async () => {
    const options = { ...wrong(() => {}), out: join(folder, "none", "issues.csv") };
    const silent = { write: () => true };
    await expect(runLabels(options, { stdout: silent, stderr: silent })).rejects.toThrow(/issues\.csv: --out/);
    expect(existsSync(join(folder, "none"))).toBe(false);
  });
});
