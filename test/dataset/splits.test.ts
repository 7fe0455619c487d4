import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupFolds, makeSplits } from "../../src/dataset/splits.ts";

const labelled = fc
  .array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 300 })
  .map((labels) => Int32Array.from(labels));
const none = (labels: Int32Array) => new Array<undefined>(labels.length).fill(undefined);

describe("groupFolds", () => {
  it("spreads each class evenly over the folds", () => {
    fc.assert(
      fc.property(labelled, fc.integer({ min: 2, max: 6 }), fc.nat(), (labels, folds, seed) => {
        const fold = groupFolds(labels, none(labels), folds, seed);
        for (const label of new Set(labels)) {
          const counts = new Array<number>(folds).fill(0);
          labels.forEach((each, i) => {
            if (each === label) counts[fold[i]]++;
          });
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
        const sizes = new Array<number>(folds).fill(0);
        for (const each of fold) sizes[each]++;
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(2);
      }),
    );
  });

  it("never divides a group, and repeats itself for a seed", () => {
    fc.assert(
      fc.property(labelled, fc.nat(), fc.nat(9), (labels, seed, modulus) => {
        const groups = Array.from(labels, (_, i) => (i % 3 === 0 ? undefined : `patient ${i % (modulus + 4)}`));
        const fold = groupFolds(labels, groups, 4, seed);
        const seen = new Map<string, number>();
        groups.forEach((group, i) => {
          if (group === undefined) return;
          expect(seen.get(group) ?? fold[i]).toBe(fold[i]);
          seen.set(group, fold[i]);
        });
        expect(groupFolds(labels, groups, 4, seed)).toEqual(fold);
      }),
    );
  });

  it("differs between seeds", () => {
    const labels = new Int32Array(100);
    expect(groupFolds(labels, none(labels), 5, 1)).not.toEqual(groupFolds(labels, none(labels), 5, 2));
  });
});

describe("makeSplits", () => {
  it("keeps the fractions of each class to within one image", () => {
    fc.assert(
      fc.property(labelled, fc.nat(), (labels, seed) => {
        const split = makeSplits(labels, none(labels), { test: 0.2, validation: 0.1 }, seed);
        for (const label of new Set(labels)) {
          const mine = split.filter((_, i) => labels[i] === label);
          const count = (name: string) => mine.filter((each) => each === name).length;
          expect(Math.abs(count("test") - 0.2 * mine.length)).toBeLessThanOrEqual(1);
          expect(Math.abs(count("validation") - 0.1 * mine.length)).toBeLessThanOrEqual(1);
          if (mine.length > 1) expect(Math.min(count("train"), count("test"))).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });

  it("keeps patients whole and classes near their fractions", () => {
    const patients = 60;
    const labels = Int32Array.from({ length: 600 }, (_, i) => (i % patients) % 3);
    const groups = Array.from(labels, (_, i) => `patient ${i % patients}`);
    const split = makeSplits(labels, groups, { test: 0.25, validation: 0 }, 7);
    const of = new Map<string, string>();
    split.forEach((each, i) => {
      expect(of.get(groups[i]) ?? each).toBe(each);
      of.set(groups[i], each);
    });
    for (let label = 0; label < 3; label++) {
      const mine = split.filter((_, i) => labels[i] === label);
      expect(mine.filter((each) => each === "test").length / mine.length).toBeCloseTo(0.25, 1);
    }
    expect(split).not.toContain("validation");
  });
});
