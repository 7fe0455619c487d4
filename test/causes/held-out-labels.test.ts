import { describe, expect, it } from "vitest";
import { badImages } from "../../src/causes/bad-images.ts";
import { lostOnTraining } from "../../src/causes/held-out-labels.ts";
import type { View } from "../../src/causes/view.ts";
import { rowOfMask } from "../../src/stats/mask-row.ts";
import { answers, viewOf } from "./views.ts";

describe("held-out training masks beside test masks", () => {
  const CLASSES = ["background", "mug", "plate"];
  const square = (value: number) => ({
    height: 10,
    width: 10,
    values: Uint8Array.from({ length: 100 }, (_, i) => (i % 10 < 5 && i < 50 ? value : 0)),
  });
  /** Every mask shows a mug; so many of the held-out training images are answered by `said`, all others by a mug. */
  function view(said: number, of: number): View {
    const base = viewOf({ train: 300, test: 200 });
    const answer = (value: number) => rowOfMask(square(value), square(1), CLASSES.length);
    const answered = (rows: Int32Array, wrong: number) => ({
      rows,
      values: Float32Array.from(Array.from(rows, (_, i) => [...answer(i < wrong ? said : 1)]).flat()),
    });
    return {
      ...base,
      task: "segmentation",
      classes: CLASSES,
      samples: { ...base.samples, labels: base.samples.labels.map(() => 1) },
      tested: [answered(base.test, 0)],
      testErrors: new Float32Array(base.test.length),
      outOfFold: answered(base.train, of),
      masks: { pixels: Float64Array.from(Array.from({ length: 500 }, () => [75, 25, 0]).flat()) },
    };
  }

  it("show wrong masks where far more of them are contradicted, but for a fold that finds nothing at all", () => {
    expect(lostOnTraining(view(2, 100))).toMatchObject({ isLost: true });
    expect(lostOnTraining(view(2, 20))).toMatchObject({ isLost: false });
    expect(lostOnTraining(view(0, 100))).toMatchObject({ isLost: false });
  });
});

describe("held-out training images beside test images in another form", () => {
  it("makes no training image a bad one: beside test images of a fifth of the contrast all of them glare", () => {
    const noisy = viewOf({ training: 0.7, outOfFold: 0.55, tested: 0.4 });
    const { measures } = noisy.samples;
    const pale = (values: Float32Array) => values.map((value, row) => (row < noisy.train.length ? value : value / 5));
    const samples = { ...noisy.samples, measures: { ...measures!, contrast: pale(measures!.contrast) } };
    samples.measures.brightness = pale(measures!.brightness);
    const view = {
      ...noisy,
      samples,
      perturbed: answers(noisy, { mends: "stretched to the full range of values", part: 0.9 }),
    };
    expect(badImages(view).length).toBeGreaterThan(1500);
    expect(lostOnTraining(view)).toMatchObject({ training: expect.closeTo(0.55, 2), isLost: true });
  });
});
