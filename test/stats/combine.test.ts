import fc from "fast-check";
import { expect, it } from "vitest";
import { random } from "../../src/random.ts";
import { combine } from "../../src/stats/combine.ts";

it("is Stouffer's sum of z where weights are equal, and one stage's own p-value where it is alone", () => {
  // z = 1.959964 and 1.644854: their sum over the root of two is 2.549; 1 - Phi of that = 0.0054017.
  expect(
    combine([
      { pValue: 0.025, weight: 1 },
      { pValue: 0.05, weight: 1 },
    ]),
  ).toBeCloseTo(0.005401754, 6);
  expect(combine([{ pValue: 0.03, weight: 5 }])).toBeCloseTo(0.03, 9);
  expect(
    combine([
      { pValue: 1, weight: 1 },
      { pValue: 1e-9, weight: 1 },
    ]),
  ).toBe(1);
});

const stage = fc.record({
  pValue: fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }),
  weight: fc.double({ min: 0.1, max: 1000, noNaN: true }),
});

it("falls with every stage's p-value and does not depend on their order", () => {
  fc.assert(
    fc.property(stage, stage, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (one, other, part) => {
      const both = combine([one, other]);
      expect(combine([other, one])).toBeCloseTo(both, 9);
      expect(combine([{ ...one, pValue: one.pValue * part }, other])).toBeLessThanOrEqual(both + 1e-12);
    }),
  );
});

it("is uniform where each stage is", () => {
  const chance = random(4);
  const drawn = Array.from({ length: 20_000 }, () =>
    combine([
      { pValue: chance.float(), weight: 2 },
      { pValue: chance.float(), weight: 4 },
    ]),
  );
  for (const level of [0.0147, 0.1, 0.5])
    expect(Math.abs(drawn.filter((p) => p < level).length / drawn.length - level)).toBeLessThan(
      3 * Math.sqrt((level * (1 - level)) / drawn.length),
    );
});
