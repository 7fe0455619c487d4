import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random } from "../../src/random.ts";
import { cool, fitTemperature } from "../../src/stats/calibration.ts";
import { confusion, expectedCalibrationError, measure, metricsOf } from "../../src/stats/metrics.ts";
import { priorShift } from "../../src/stats/prior-shift.ts";
import { averagePrecision, mannWhitney, permutationTest, rocAuc, spearman } from "../../src/stats/rank.ts";
// scikit-learn 1.9.1 and scipy 1.17.1 on one random input of 40 rows: roc_auc_score, average_precision_score, spearmanr,
// mannwhitneyu(alternative="greater", method="asymptotic"), accuracy, balanced_accuracy, f1 (macro), recall, precision.
import reference from "./fixtures/metrics.json" with { type: "json" };

describe("metrics", () => {
  it("agree with published implementations", () => {
    const found = metricsOf(confusion(reference.labels, reference.predicted, 3), 3);
    expect(found.accuracy).toBeCloseTo(reference.accuracy, 10);
    expect(found.balancedAccuracy).toBeCloseTo(reference.balancedAccuracy, 10);
    expect(found.macroF1).toBeCloseTo(reference.macroF1, 10);
    for (let k = 0; k < 3; k++) {
      expect(found.recall[k]).toBeCloseTo(reference.recall[k], 8);
      expect(found.precision[k]).toBeCloseTo(reference.precision[k], 8);
    }
  });

  it("ECE: the gap of each bin, weighted (worked by hand)", () => {
    // Two in (0.6, 0.667] of which one is right; two in (0.867, 0.933], both right.
    const probabilities = [0.65, 0.35, 0.65, 0.35, 0.9, 0.1, 0.9, 0.1];
    expect(expectedCalibrationError([0, 1, 0, 0], probabilities, 2)).toBeCloseTo((2 * 0.15 + 2 * 0.1) / 4, 12);
  });

  it("measured over seeds: intervals hold their value and cover the truth", () => {
    const chance = random(1);
    let covered = 0;
    for (let run = 0; run < 60; run++) {
      const labels = Int32Array.from({ length: 300 }, () => chance.int(3));
      const predictions = Array.from({ length: 3 }, () => {
        const values = new Float32Array(900);
        labels.forEach((label, i) => {
          values[i * 3 + (chance.float() < 0.7 ? label : (label + 1) % 3)] = 1;
        });
        return values;
      });
      const { accuracy, errorRate, perClass } = measure(predictions, labels, 3, { seed: run, draws: 200 });
      expect(accuracy.value + errorRate.value).toBeCloseTo(1, 12);
      expect(perClass.reduce((sum, { images }) => sum + images, 0)).toBe(300);
      if (accuracy.low <= 0.7 && 0.7 <= accuracy.high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(55);
  });

  it("shift of the prior: nothing for the truth itself, all for the opposite", () => {
    expect(priorShift([0, 1], [1, 0, 0, 1], 2).distance).toBe(0);
    expect(priorShift([0, 0], [0, 1, 0, 1], 2, { hard: true }).distance).toBe(1);
  });
});

describe("rank statistics", () => {
  const { scores, positive, other } = reference;
  it("agree with published implementations", () => {
    expect(rocAuc(scores, positive)).toBeCloseTo(reference.rocAuc, 10);
    expect(averagePrecision(scores, positive)).toBeCloseTo(reference.averagePrecision, 10);
    expect(spearman(scores, other)).toBeCloseTo(reference.spearman, 10);
    const { u, pValue } = mannWhitney(
      scores.filter((_, i) => positive[i]),
      scores.filter((_, i) => !positive[i]),
    );
    expect(u).toBe(reference.mannWhitney.u);
    expect(pValue).toBeCloseTo(reference.mannWhitney.pValue, 6);
  });

  it("only look at order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ score: fc.integer({ min: -50, max: 50 }), hit: fc.boolean() }), { minLength: 2 }),
        (rows) => {
          fc.pre(rows.some(({ hit }) => hit) && rows.some(({ hit }) => !hit));
          const hits = rows.map(({ hit }) => hit);
          expect(
            rocAuc(
              rows.map(({ score }) => Math.exp(score / 10)),
              hits,
            ),
          ).toBe(
            rocAuc(
              rows.map(({ score }) => score),
              hits,
            ),
          );
        },
      ),
    );
  });

  it("a permutation test rejects a true difference and hardly ever a null", () => {
    const chance = random(3);
    const values = Float64Array.from({ length: 100 }, (_, i) => chance.normal() + (i < 20 ? 1.5 : 0));
    const members = Uint32Array.from({ length: 20 }, (_, i) => i);
    expect(permutationTest(values, members, { seed: 1 })).toBeLessThan(0.01);
    expect(
      permutationTest(
        values,
        members.map((i) => i + 40),
        { seed: 1 },
      ),
    ).toBeGreaterThan(0.05);
  });
});

describe("temperature", () => {
  it("finds the one that probabilities were sharpened with", () => {
    const chance = random(5);
    const truth = new Float32Array(3 * 4000);
    const labels = new Int32Array(4000);
    for (let i = 0; i < 4000; i++) {
      const row = Array.from({ length: 3 }, () => Math.exp(1.5 * chance.normal()));
      const sum = row.reduce((a, b) => a + b);
      truth.set(
        row.map((value) => value / sum),
        i * 3,
      );
      const u = chance.float() * sum;
      labels[i] = u < row[0] ? 0 : u < row[0] + row[1] ? 1 : 2;
    }
    const sharpened = cool(truth, 3, 0.5);
    const found = fitTemperature(sharpened, labels, 3);
    expect(found).toBeGreaterThan(1.85);
    expect(found).toBeLessThan(2.15);
    expect(expectedCalibrationError(labels, cool(sharpened, 3, found), 3)).toBeLessThan(
      expectedCalibrationError(labels, sharpened, 3) / 2,
    );
  });

  it("is where the likelihood of the labels is highest, at the ends of its range too", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0.02, max: 30, noNaN: true }),
        (seed, sharpness) => {
          const chance = random(seed);
          const labels = Int32Array.from({ length: 60 }, () => chance.int(4));
          const rows = Float64Array.from({ length: 240 }, (_, at) =>
            Math.exp(sharpness * (chance.normal() + (labels[at >> 2] === at % 4 ? 1 : 0))),
          );
          for (let start = 0; start < 240; start += 4) {
            const sum = rows[start] + rows[start + 1] + rows[start + 2] + rows[start + 3];
            for (let k = start; k < start + 4; k++) rows[k] /= sum;
          }
          const loss = (temperature: number) =>
            labels.reduce((total, label, i) => {
              const logs = Array.from(
                rows.subarray(4 * i, 4 * i + 4),
                (p) => Math.log(Math.max(1e-12, p)) / temperature,
              );
              const most = Math.max(...logs);
              return total + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0)) + most - logs[label];
            }, 0);
          const found = fitTemperature(rows, labels, 4);
          const least = loss(found);
          for (let at = 0.05; at <= 20; at *= 1.02) expect(loss(at)).toBeGreaterThan(least - 1e-4 * Math.abs(least));
          expect(found).toBeGreaterThan(0.0499);
          expect(found).toBeLessThan(20.1);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("is 1 where no probability says anything", () => {
    expect(fitTemperature(new Float64Array(40).fill(0.25), new Int32Array(10), 4)).toBe(1);
  });
});
