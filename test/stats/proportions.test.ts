import { expect, it } from "vitest";
import { random } from "../../src/random.ts";
import { moreThan } from "../../src/stats/proportions.ts";

it("is Pearson's chi-squared without correction, one-sided", () => {
  // 30 of 40 against 22 of 50: chi-squared 8.75405 with one degree of freedom, p = 0.00308915 two-sided.
  expect(moreThan({ share: 30 / 40, count: 40 }, { share: 22 / 50, count: 50 })).toBeCloseTo(0.00308915 / 2, 7);
  expect(moreThan({ share: 22 / 50, count: 50 }, { share: 30 / 40, count: 40 })).toBeCloseTo(1 - 0.00308915 / 2, 7);
  expect(moreThan({ share: 0, count: 10 }, { share: 0, count: 10 })).toBe(1);
  expect(moreThan({ share: Number.NaN, count: 0 }, { share: 0.5, count: 10 })).toBe(1);
});

it("keeps its level where the smaller sample is small and errors are rare", () => {
  const chance = random(3);
  const drawn = (count: number) => {
    let right = 0;
    for (let i = 0; i < count; i++) right += Number(chance.float() < 0.93);
    return { share: right / count, count };
  };
  let below = 0;
  for (let trial = 0; trial < 20_000; trial++) if (moreThan(drawn(140), drawn(900)) < 5e-4) below++;
  expect(below / 20_000).toBeLessThan(1e-3);
});
