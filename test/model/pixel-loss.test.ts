import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchLoss, type LossOptions, rowByRow } from "../../src/model/losses.ts";

const logit = fc.oneof(fc.float({ min: -50, max: 50, noNaN: true }), fc.constantFrom(0, -200, 200, Number.NaN));

/** Outputs and labels of some pixels, one of which may be ignored, and a loss that has a form of its own for them. */
const batch = fc
  .record({ rows: fc.integer({ min: 1, max: 40 }), width: fc.integer({ min: 1, max: 4 }), linear: fc.boolean() })
  .chain(({ rows, width, linear }) => {
    const classes = Math.max(2, width);
    const options: fc.Arbitrary<LossOptions> = fc.record({
      loss: fc.constantFrom(
        ...(width === 1
          ? (["binaryCrossentropy"] as const)
          : (["sparseCategoricalCrossentropy", "categoricalCrossentropy"] as const)),
      ),
      activation: fc.constant(linear ? ("linear" as const) : width === 1 ? ("sigmoid" as const) : ("softmax" as const)),
      fromLogits: fc.constant(true),
      labelSmoothing: fc.constant(0),
      classWeight: fc.option(fc.constant(Float64Array.from({ length: classes }, (_, k) => 0.5 + k)), {
        nil: undefined,
      }),
      ignore: fc.constant(255),
    });
    return fc.tuple(
      fc.array(logit, { minLength: rows * width, maxLength: rows * width }).map((values) => Float32Array.from(values)),
      fc
        .array(fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: classes - 1 }) }, fc.constant(255)), {
          minLength: rows,
          maxLength: rows,
        })
        .map((values) => Uint8Array.from(values)),
      options,
    );
  });

describe("cross-entropy of masks", () => {
  it("is to the bit what the general form gives", () => {
    fc.assert(
      fc.property(batch, ([logits, labels, options]) => {
        const counted = labels.filter((label) => label !== 255).length;
        fc.pre(counted > 0);
        const [own, general] = [new Float32Array(logits.length), new Float32Array(logits.length)];
        const result = batchLoss(logits, labels, options, own);
        expect(result).toEqual(rowByRow(logits, labels, options, general, counted));
        expect(own).toEqual(general);
      }),
      { numRuns: 500 },
    );
  });

  it("counts as right what a linear unit says above 0", () => {
    const options = { loss: "binaryCrossentropy", activation: "linear", fromLogits: true, labelSmoothing: 0 } as const;
    const { correct } = batchLoss(Float32Array.of(-1, 1, -2), Uint8Array.of(0, 1, 1), options, new Float32Array(3));
    expect(correct).toBe(2);
  });
});
