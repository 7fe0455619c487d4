import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addToJoint,
  addToThresholds,
  calibratedJoint,
  classThresholds,
  confidentJoint,
  emptyThresholds,
  mergeJoints,
  mergeThresholds,
  noiseRate,
  offDiagonal,
} from "../../src/stats/confident-joint.ts";
import { normalisedMargin, selfConfidence } from "../../src/stats/label-score.ts";
// Made with cleanlab 2.9.0, numpy 2.4.6: get_confident_thresholds, compute_confident_joint(calibrate=False),
// find_label_issues(filter_by="confident_learning"), rank.get_*_for_each_label, on random inputs of seeds 0..3.
import reference from "./fixtures/confident-learning.json" with { type: "json" };
import { hasLabelErrors, labelSet, mnistSet } from "./label-sets.ts";

/** A dataset of up to 60 images: labels and rows that sum to one. */
const dataset = fc.integer({ min: 2, max: 6 }).chain((classes) =>
  fc.record({
    classes: fc.constant(classes),
    rows: fc.array(
      fc.record({
        label: fc.nat(classes - 1),
        weights: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: classes, maxLength: classes }),
      }),
      { minLength: 1, maxLength: 60 },
    ),
  }),
);

type Rows = { label: number; weights: number[] }[];
function arrays(rows: Rows) {
  return {
    labels: Int32Array.from(rows, ({ label }) => label),
    probabilities: Float64Array.from(
      rows.flatMap(({ weights }) => weights.map((w) => w / weights.reduce((a, b) => a + b))),
    ),
  };
}

describe("confident joint", () => {
  it.each(reference)("agrees with the published implementation ($classes classes)", (set) => {
    const { thresholds, joint } = confidentJoint(set.labels, set.probabilities, set.classes);
    for (const [k, value] of thresholds.entries()) expect(value).toBeCloseTo(set.thresholds[k], 8);
    // The published joint counts at least one image as right in each class.
    const floored = joint.map((count, cell) => (cell % (set.classes + 1) === 0 ? Math.max(1, count) : count));
    expect(Array.from(floored)).toEqual(set.joint);
    expect(Array.from(offDiagonal(set.labels, set.probabilities, thresholds))).toEqual(set.mask);
    set.labels.forEach((label, i) => {
      const start = i * set.classes;
      expect(selfConfidence(set.probabilities, start, label)).toBeCloseTo(set.selfConfidence[i], 8);
      expect(normalisedMargin(set.probabilities, start, label, set.classes)).toBeCloseTo(set.normalisedMargin[i], 8);
    });
  });

  /** Number of flags, and the sum of their rows times 1..7 in turn, of the same filter on the published sets. */
  const published = [
    ["cifar10-synthetic", "resnet18", 9323, 827025916],
    ["cifar10-synthetic", "twins_pcpvt_base", 9957, 893491704],
    ["cifar10n-aggregate", "resnet18", 2035, 204531981],
    ["cifar10n-aggregate", "efficientnet_b1", 2054, 203113889],
    ["mnist", "", 15, 231374],
  ] as const;
  it.skipIf(!hasLabelErrors).each(published)(
    "flags the same images of %s %s (ERRATA_DATA)",
    (name, model, flags, sum) => {
      const { labels, probabilities } = name === "mnist" ? mnistSet() : labelSet(name, model);
      const mask = offDiagonal(labels, probabilities, confidentJoint(labels, probabilities, 10).thresholds);
      const rows = Array.from(mask.keys()).filter((i) => mask[i] === 1);
      expect(rows.length).toBe(flags);
      expect(rows.reduce((total, row, place) => total + row * ((place % 7) + 1), 0)).toBe(sum);
    },
  );

  it("is the same, bit for bit, for any cut into shards in any order", () => {
    fc.assert(
      fc.property(dataset, fc.integer({ min: 1, max: 7 }), fc.boolean(), ({ classes, rows }, size, backwards) => {
        const whole = arrays(rows);
        const expected = confidentJoint(whole.labels, whole.probabilities, classes);
        const shards = Array.from({ length: Math.ceil(rows.length / size) }, (_, s) =>
          arrays(rows.slice(s * size, (s + 1) * size)),
        );
        if (backwards) shards.reverse();
        const sketches = shards.map(({ labels, probabilities }) => {
          const sketch = emptyThresholds(classes);
          addToThresholds(sketch, labels, probabilities);
          return sketch;
        });
        const thresholds = classThresholds(sketches.reduce(mergeThresholds));
        expect(thresholds).toEqual(expected.thresholds);
        const joints = shards.map(({ labels, probabilities }) => {
          const joint = new Float64Array(classes * classes);
          addToJoint(joint, thresholds, labels, probabilities);
          return joint;
        });
        expect(joints.reduce(mergeJoints)).toEqual(expected.joint);
      }),
    );
  });

  it("does not depend on the order of images, and only renames with classes", () => {
    fc.assert(
      fc.property(dataset, ({ classes, rows }) => {
        const mirrored = rows.map(({ label, weights }) => ({
          label: classes - 1 - label,
          weights: [...weights].reverse(),
        }));
        const a = arrays(rows);
        const b = arrays(mirrored);
        const first = confidentJoint(a.labels, a.probabilities, classes).thresholds;
        const second = confidentJoint(b.labels, b.probabilities, classes).thresholds;
        expect(Array.from(second).reverse()).toEqual(Array.from(first));
      }),
    );
  });

  it("calibrates to the images of each label, and to a noise rate in 0..1", () => {
    fc.assert(
      fc.property(dataset, ({ classes, rows }) => {
        const { labels, probabilities } = arrays(rows);
        const { joint, counts } = confidentJoint(labels, probabilities, classes);
        const calibrated = calibratedJoint(joint, counts);
        for (let k = 0; k < classes; k++) {
          const row = calibrated.subarray(k * classes, (k + 1) * classes);
          expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(counts[k], 9);
        }
        const rate = noiseRate(calibrated, classes);
        expect(rate).toBeGreaterThanOrEqual(-1e-12);
        expect(rate).toBeLessThanOrEqual(1);
      }),
    );
  });
});
