import { describe, expect, it } from "vitest";
import { random } from "../../src/random.ts";
import type { Arm } from "../../src/stats/arms.ts";
import { compareArms } from "../../src/stats/arms.ts";
import { errorRatio, errorRatioPValue } from "../../src/stats/ratio-test.ts";

/** Arms whose seeds multiply the error: `spread` is the standard deviation of its logarithm. */
function unstable(images: number, spread: number, seed: number) {
  const chance = random(seed);
  const difficulty = Float64Array.from({ length: images }, () => Math.exp(chance.normal() - 0.5));
  return (seeds: number, rate: number, own = spread): Arm =>
    Array.from({ length: seeds }, () => {
      const level = rate * Math.exp(own * chance.normal() - own ** 2 / 2);
      return Float32Array.from(difficulty, (each) => (chance.float() < Math.min(1, level * each) ? 1 : 0));
    });
}

describe("errorRatioPValue", () => {
  it("rejects a null at its level, few seeds or many, steady training or wild", () => {
    const runs = 400;
    const worlds = [
      { images: 500, spread: 0.4, seeds: [2, 3] },
      { images: 1000, spread: 0.2, seeds: [3, 3] },
      { images: 300, spread: 0.05, seeds: [3, 3] },
      { images: 1000, spread: 0.8, seeds: [2, 4] },
      { images: 1000, spread: 0.4, seeds: [8, 6] },
      { images: 400, spread: 0.05, seeds: [7, 6] },
    ];
    const lines = worlds.map(({ images, spread, seeds: [first, second] }, w) => {
      let rejected = 0;
      for (let run = 0; run < runs; run++) {
        const arm = unstable(images, spread, 1000 * w + run);
        if (errorRatioPValue(arm(first, 0.1), arm(second, 0.1)) <= 0.05) rejected++;
      }
      return { says: `${images} images, spread ${spread}, ${first} and ${second} seeds`, rate: rejected / runs };
    });
    console.log(lines.map(({ says, rate }) => `${says}: null rejected ${rate.toFixed(3)}`).join("\n"));
    for (const { says, rate } of lines) expect(rate, says).toBeLessThanOrEqual(0.08);
  });

  it("sees that all seeds are mended where the given recipe's seeds lie far apart", () => {
    let seen = 0;
    let seenByDifference = 0;
    for (let run = 0; run < 100; run++) {
      const arm = unstable(2000, 0.35, run);
      const [baseline, changed] = [arm(2, 0.12), arm(3, 0.027, 0.05)];
      if (errorRatioPValue(baseline, changed) < 0.005) seen++;
      if (compareArms({ baseline, changed }).pValue < 0.005) seenByDifference++;
    }
    console.log(`mended seeds seen in ${seen} of 100 by the ratio, in ${seenByDifference} by the difference`);
    expect(seen).toBeGreaterThan(70);
    expect(seen).toBeGreaterThan(seenByDifference);
  });

  it("sees by permutation that no seed of the change is among the given ones, few of which are far off", () => {
    const stuck = (seed: number) => {
      const chance = random(seed);
      const arm = (seeds: number, rate: () => number): Arm =>
        Array.from({ length: seeds }, () => {
          const level = rate();
          return Float32Array.from({ length: 1000 }, () => (chance.float() < level ? 1 : 0));
        });
      return [arm(8, () => (chance.float() < 0.35 ? 0.15 : 0.06)), arm(6, () => 0.035)];
    };
    const all = Array.from({ length: 60 }, (_, seed) => stuck(seed));
    const seen = all.filter(([baseline, changed]) => errorRatioPValue(baseline, changed) < 0.002).length;
    console.log(`stuck seeds told from mended ones in ${seen} of 60, at 0.002`);
    expect(seen).toBeGreaterThan(50);
  });

  it("draws ways to share out many seeds, and is the same each time", () => {
    const arm = unstable(300, 0.3, 8);
    const [a, b] = [arm(14, 0.1), arm(14, 0.08)];
    expect(errorRatioPValue(a, b)).toBe(errorRatioPValue(a, b));
    expect(errorRatioPValue(a, b)).toBeLessThan(errorRatioPValue(b, a));
  });

  it("is turned round when the arms change places", () => {
    const arm = unstable(400, 0.2, 5);
    const [a, b] = [arm(3, 0.1), arm(3, 0.08)];
    expect(errorRatioPValue(a, b)).toBeCloseTo(1 - errorRatioPValue(b, a), 9);
  });

  it("knows nothing from one seed each, and refuses arms without seeds", () => {
    const one = [new Float32Array(50).fill(1)];
    expect(errorRatioPValue(one, [new Float32Array(50)])).toBe(1);
    expect(() => errorRatioPValue(one, [])).toThrow(RangeError);
  });

  it("bears arms without a single error", () => {
    const none = [new Float32Array(100), new Float32Array(100)];
    expect(errorRatioPValue(none, none)).toBeCloseTo(0.5, 6);
  });
});

describe("errorRatio", () => {
  it("holds the true ratio in at least nine of ten intervals of 95 %, where seeds multiply the error", () => {
    const runs = 300;
    for (const [truth, seeds] of [
      [1, 4],
      [0.5, 4],
      [0.5, 9],
    ]) {
      let inside = 0;
      for (let run = 0; run < runs; run++) {
        const arm = unstable(800, 0.4, 50_000 + run);
        const { low, high } = errorRatio(arm(seeds, 0.2), arm(4, 0.2 * truth))!;
        if (low <= truth && truth <= high) inside++;
      }
      expect(inside / runs, `${truth}, ${seeds} seeds`).toBeGreaterThan(0.9);
    }
  });

  it("excludes 1 where the p-value by the t-test is below half of what the interval leaves out", () => {
    for (let run = 0; run < 50; run++) {
      const arm = unstable(400, 0.3, 70_000 + run);
      const [before, after] = [arm(3, 0.2), arm(3, 0.1)];
      expect(errorRatio(before, after)!.high < 1).toBe(errorRatioPValue(before, after) < 0.025);
    }
  });

  it("is unknown with one seed each", () => {
    const arm = unstable(50, 0.1, 1);
    expect(errorRatio(arm(1, 0.2), arm(1, 0.2))).toBeUndefined();
  });
});
