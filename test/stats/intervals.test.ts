import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holm } from "../../src/stats/holm.ts";
import {
  normalBelow,
  pairedPValue,
  percentileInterval,
  quantiles,
  satterthwaite,
  studentInterval,
  wilson,
} from "../../src/stats/intervals.ts";
// scipy 1.17.1: scipy.stats.binomtest(k, n).proportion_ci(method="wilson") for 0/10, 3/20, 47/50, 10/10.
import reference from "./fixtures/metrics.json" with { type: "json" };

describe("intervals", () => {
  it("a paired test agrees with the published one: Student's hours of sleep won, t = 4.0621 on 9 degrees of freedom", () => {
    const won = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];
    expect(pairedPValue(won)).toBeCloseTo(0.002833 / 2, 6);
    expect(pairedPValue(won.map((hours) => -hours))).toBeCloseTo(1 - 0.002833 / 2, 6);
    expect([pairedPValue([]), pairedPValue([1]), pairedPValue([1, 1, 1])]).toEqual([1, 1, 1]);
  });

  it("wilson agrees with the published implementation", () => {
    [
      [0, 10],
      [3, 20],
      [47, 50],
      [10, 10],
    ].forEach(([successes, trials], i) => {
      const { low, high } = wilson(successes, trials);
      expect(low).toBeCloseTo(reference.wilson[i][0], 8);
      expect(high).toBeCloseTo(reference.wilson[i][1], 8);
    });
  });

  it("holds its value, within 0..1", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, share) => {
        const { value, low, high } = wilson(Math.round(share * trials), trials);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(value);
        expect(value).toBeLessThanOrEqual(high);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("interpolates quantiles as numpy does", () => {
    expect(quantiles([4, 1, 3, 2], [0, 0.1, 0.5, 1])).toEqual([1, 1.3, 2.5, 4]);
    expect(percentileInterval(0.5, [Number.NaN, 0, 1]).low).toBeCloseTo(0.025, 12);
  });

  it("uses Student's quantiles: 12.706 for one degree of freedom", () => {
    expect(studentInterval(0, 1, 1).high).toBeCloseTo(12.7062, 3);
    expect(studentInterval(0, 1, 0, { lowest: -1, highest: 1 })).toEqual({ value: 0, low: -1, high: 1 });
    expect(normalBelow(1.959964)).toBeCloseTo(0.975, 6);
    expect(
      satterthwaite([
        { variance: 1, degreesOfFreedom: 4 },
        { variance: 1, degreesOfFreedom: 4 },
      ]),
    ).toBeCloseTo(8, 12);
  });
});

describe("holm", () => {
  it("agrees with the example of Holm (1979)", () => {
    expect(Array.from(holm([0.01, 0.04, 0.03, 0.005]))).toEqual([0.03, 0.06, 0.06, 0.02]);
  });

  it("lets tests of more weight use more of the level, as the sum of the weights allows", () => {
    expect(Array.from(holm([0.01, 0.02], [3, 1]), (p) => Number(p.toFixed(10)))).toEqual([0.0133333333, 0.02]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 1e-9, max: 1, noNaN: true }), fc.integer({ min: 1, max: 9 }))),
        (tests) => {
          const [pValues, weights] = [tests.map(([p]) => p), tests.map(([, weight]) => weight)];
          // A test of weight n is worth what n tests of weight one share: level alpha n / sum.
          const adjusted = holm(pValues, weights);
          const sum = weights.reduce((all, weight) => all + weight, 0);
          pValues.forEach((p, i) => {
            expect(adjusted[i]).toBeLessThanOrEqual(
              Math.min(1, Math.max(...pValues.map((q, j) => (sum * q) / weights[j]))) + 1e-12,
            );
            if (adjusted[i] < 0.05) expect(p).toBeLessThan(0.05);
          });
          expect(
            Array.from(
              holm(
                pValues,
                weights.map(() => 7),
              ),
            ),
          ).toEqual(Array.from(holm(pValues), (p) => expect.closeTo(p, 9)));
        },
      ),
    );
  });

  it("keeps the order, never falls below the given value, lies between none and Bonferroni", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (pValues) => {
        const adjusted = holm(pValues);
        pValues.forEach((p, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, Math.max(...pValues, pValues.length * p)));
          pValues.forEach((other, j) => {
            if (p < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]);
          });
        });
      }),
    );
  });
});
