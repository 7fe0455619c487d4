import { describe, expect, it } from "vitest";
import { random } from "../../src/random.ts";
import { kindOf } from "../../src/stats/columns.ts";
import { labelDisagreement, meanDistance, nearest } from "../../src/stats/neighbours.ts";
import { errorAt, extrapolate, fitPowerLaw, lastSlope, logLogSlope } from "../../src/stats/power-law.ts";
import { findSlices } from "../../src/stats/slices.ts";

describe("slices", () => {
  /** Training sees angles within 60 degrees of the front; the model fails at the back. */
  function world(seed: number, fails: (azimuth: number) => number) {
    const chance = random(seed);
    const test = Array.from({ length: 360 }, () => chance.int(360));
    const train = Array.from({ length: 400 }, () => (chance.int(120) + 300) % 360);
    const noise = (count: number) => Array.from({ length: count }, () => chance.float());
    return {
      errors: Float32Array.from(test, (azimuth) => (chance.float() < fails(azimuth) ? 1 : 0)),
      columns: [
        { name: "light", test: noise(360), train: noise(400) },
        { name: "azimuth", test, train },
        { name: "site", test: test.map(() => (chance.float() < 0.5 ? "a" : "b")), train: train.map(() => "a") },
      ],
    };
  }

  it("names the stretch of an angle that training lacks and errors gather in", () => {
    const [first, ...others] = findSlices(world(1, (azimuth) => (azimuth > 60 && azimuth < 300 ? 0.5 : 0.05)));
    expect(others).toEqual([]);
    expect(first.column).toBe("azimuth");
    expect(first.slice).toMatch(/^azimuth \d+\.\.\d+ degrees$/);
    expect(Math.abs(first.low - 60)).toBeLessThanOrEqual(20);
    expect(Math.abs(first.high - 300)).toBeLessThanOrEqual(20);
    expect(first.errorRate).toBeGreaterThan(0.35);
    expect(first.trainShare).toBeLessThan(0.05);
  });

  it("goes through zero on a circle", () => {
    const { errors, columns } = world(2, (azimuth) => (azimuth > 60 && azimuth < 300 ? 0.5 : 0.05));
    const turned = (values: number[]) => values.map((value) => (value + 180) % 360);
    const azimuth = {
      name: "azimuth",
      test: turned(columns[1].test as number[]),
      train: turned(columns[1].train as number[]),
    };
    const [first] = findSlices({ errors, columns: [azimuth] });
    expect(first.low).toBeGreaterThan(first.high);
  });

  it("finds a category that training lacks", () => {
    const site = Array.from({ length: 200 }, (_, i) => (i % 2 ? "new" : "old"));
    const errors = Float32Array.from(site, (name, i) => (name === "new" && i % 3 ? 1 : 0));
    const [first] = findSlices({ errors, columns: [{ name: "site", test: site, train: Array(100).fill("old") }] });
    expect(first.slice).toBe("site new");
    expect(first.members.length).toBe(100);
    expect(first.trainCount).toBe(0);
  });

  it("finds images far from training in feature space", () => {
    const chance = random(3);
    const cloud = (rows: number, far: number) =>
      Float32Array.from({ length: rows * 8 }, (_, at) => chance.normal() + (Math.floor(at / 8) < far ? 6 : 0));
    const errors = Float32Array.from({ length: 200 }, (_, i) => (i < 40 ? 0.8 : 0.05));
    const [first] = findSlices({
      errors,
      columns: [],
      spaces: [{ name: "features", test: cloud(200, 40), train: cloud(300, 0), width: 8 }],
    });
    expect(first.column).toBe("features");
    expect(Array.from(first.members.slice(0, 40))).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it("names one in 20 worlds without a cause, or fewer", () => {
    let named = 0;
    for (let run = 0; run < 200; run++) named += findSlices(world(100 + run, () => 0.2)).length > 0 ? 1 : 0;
    expect(named).toBeLessThanOrEqual(16);
  });

  it("tells angles, numbers and categories apart", () => {
    const round = Array.from({ length: 36 }, (_, i) => i * 10);
    expect(kindOf("azimuth", round)).toBe("circular");
    expect(kindOf("area", round)).toBe("numeric");
    expect(kindOf("elevation", ["10", "20", undefined])).toBe("numeric");
    expect(kindOf("site", ["a", "2"])).toBe("category");
  });
});

describe("neighbours", () => {
  it("are those of a plain search, nearest first", () => {
    const chance = random(4);
    const width = 7;
    const points = { values: Float32Array.from({ length: 200 * width }, () => chance.normal()), width };
    const { indices, distances, k } = nearest(points, points, 5, { sameSet: true });
    const distance = (a: number, b: number) => {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += (points.values[a * width + j] - points.values[b * width + j]) ** 2;
      return Math.sqrt(sum);
    };
    for (let q = 0; q < 200; q++) {
      const plain = Array.from({ length: 200 }, (_, r) => r)
        .filter((r) => r !== q)
        .sort((a, b) => distance(q, a) - distance(q, b));
      expect(Array.from(indices.slice(q * k, q * k + k))).toEqual(plain.slice(0, 5));
      expect(distances[q * k]).toBeCloseTo(distance(q, plain[0]), 4);
    }
    expect(meanDistance({ indices, distances, k }).length).toBe(200);
  });

  it("measures cosine by direction alone, and disagreement of labels", () => {
    const references = { values: Float32Array.from([1, 0, 0, 5]), width: 2 };
    const found = nearest({ values: Float32Array.from([9, 0]), width: 2 }, references, 2, { metric: "cosine" });
    expect(Array.from(found.indices)).toEqual([0, 1]);
    expect(Array.from(found.distances)).toEqual([0, 1]);
    expect(Array.from(labelDisagreement(found, [3], [3, 4]))).toEqual([0.5]);
  });
});

describe("power law", () => {
  it("finds the law that points were made with", () => {
    const law = { scale: 3, exponent: 0.5, floor: 0.05 };
    const points = [100, 200, 400, 800, 1600].map((size) => ({ size, error: errorAt(law, size) }));
    const found = fitPowerLaw(points);
    expect(found.exponent).toBeCloseTo(0.5, 2);
    expect(found.floor).toBeCloseTo(0.05, 2);
    expect(errorAt(found, 6400)).toBeCloseTo(errorAt(law, 6400), 3);
  });

  it("reads slopes from a line in logarithms, and refuses one size", () => {
    const points = [1, 4, 16].map((size) => ({ size, error: 0.8 * size ** -0.5 }));
    expect(logLogSlope(points)).toBeCloseTo(-0.5, 10);
    expect(lastSlope(points)).toBeCloseTo(-0.5, 10);
    expect(() => fitPowerLaw([{ size: 1, error: 1 }])).toThrow(RangeError);
  });

  it("promises with an interval that holds the truth", () => {
    const chance = random(6);
    const law = { scale: 4, exponent: 0.45, floor: 0.02 };
    const sizes = [500, 1000, 2000];
    let held = 0;
    for (let run = 0; run < 40; run++) {
      const arms = sizes.map((size) =>
        Array.from({ length: 3 }, () =>
          Float32Array.from({ length: 1000 }, () => (chance.float() < errorAt(law, size) ? 1 : 0)),
        ),
      );
      const { errors, gains } = extrapolate(sizes, arms, [4000], { seed: run, draws: 200 });
      expect(gains[0].low).toBeGreaterThanOrEqual(-1e-12);
      if (errors[0].low <= errorAt(law, 4000) && errorAt(law, 4000) <= errors[0].high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(34);
  });
});
