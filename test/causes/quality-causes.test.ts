import { describe, expect, it } from "vitest";
import { badImages } from "../../src/causes/bad-images.ts";
import { lostOnTraining } from "../../src/causes/held-out-labels.ts";
import { imageQuality } from "../../src/causes/image-quality.ts";
import { labelNoise } from "../../src/causes/label-noise.ts";
import { argmax, type Measures, type View } from "../../src/causes/view.ts";
import { measure, type Quality } from "../../src/image/quality.ts";
import { random } from "../../src/random.ts";
import { maskRowWidth } from "../../src/stats/mask-row.ts";
import { hasData, mnist } from "../support/data.ts";
import { benchOf, tries, type ViewOptions, viewOf } from "./views.ts";

describe("label-noise", () => {
  // So many labels are wrong that no model is sure of anything: nothing is contradicted with confidence.
  const unsure = (options: ViewOptions): View => {
    const view = viewOf(options);
    const values = view.outOfFold!.values.map((value) => (value > 0.5 ? 0.4 : 0.2));
    return { ...view, outOfFold: { ...view.outOfFold!, values } };
  };

  it("is beyond doubt where test labels are agreed with far more than held-out training labels", () => {
    const noisy = labelNoise.screen(unsure({ training: 0.7, outOfFold: 0.55, tested: 0.86 }));
    expect(noisy).toMatchObject({ standing: "suspected", proven: true });
    const three = labelNoise.screen(unsure({ training: 0.7, outOfFold: 0.534, tested: 0.715 }));
    expect(three).toMatchObject({ standing: "suspected", proven: true });
    const hard = labelNoise.screen(unsure({ training: 0.99, outOfFold: 0.7, tested: 0.8 }));
    expect(hard.proven).not.toBe(true);
  });

  it("is seen sooner where the cross-validation's own models judged the test images: they had no more to learn from", () => {
    const view = unsure({ training: 0.7, outOfFold: 0.48, tested: 0.57 });
    expect(lostOnTraining(view)).toMatchObject({ isLost: false, isSome: false });
    const asRight = (share: number) => view.test.map((_, i) => Number(i >= share * view.test.length));
    const same = { ...view, foldErrors: Float32Array.from(asRight(0.57)) };
    expect(lostOnTraining(same)).toMatchObject({ test: expect.closeTo(0.57, 2), isLost: true, isSome: true });
    expect(labelNoise.screen(same)).toMatchObject({ standing: "suspected", proven: true });
    const worse = { ...view, foldErrors: Float32Array.from(asRight(0.52)) };
    expect(lostOnTraining(worse)).toMatchObject({ isLost: false, isSome: false });
  });

  it("is held against test images of kinds that training has: those of a viewpoint that it lacks are wrong for another reason", () => {
    const view = unsure({ training: 0.7, outOfFold: 0.55, tested: 0.6 });
    expect(labelNoise.screen(view).proven).not.toBe(true);
    // Half of the test is seen from behind, and three in four of its errors are there.
    const errors = view.testErrors.map((_, i) => Number(i % 2 === 0 ? i % 10 < 6 : i % 10 === 1));
    const azimuths = Array.from(view.samples.labels, (_, row) =>
      row < view.train.length ? row % 60 : (row - view.train.length) % 2 === 0 ? 150 + (row % 60) : row % 60,
    );
    const sided = {
      ...view,
      testErrors: Float32Array.from(errors),
      samples: { ...view.samples, columns: [{ name: "azimuth", values: azimuths }] },
    };
    expect(lostOnTraining(sided)).toMatchObject({ test: expect.closeTo(0.8, 2), isLost: true });
    expect(labelNoise.screen(sided).proven).toBe(true);
  });

  it("doubts no more labels than are wrong, where test labels tell how many that are", () => {
    // Right on 0.86 of the test labels and on 0.55 of the training labels: (0.86 - 0.55) / (0.86 - 0.14 / 3) of these are wrong.
    const noisy = labelNoise.screen(unsure({ training: 0.7, outOfFold: 0.55, tested: 0.86 }));
    expect(noisy.rows).toHaveLength(Math.ceil((0.31 / (0.86 - 0.14 / 3)) * 2000));
    const alike = labelNoise.screen(unsure({ training: 0.7, outOfFold: 0.55, tested: 0.57 }));
    expect(alike.rows).toHaveLength(900);
  });

  it("is beyond doubt where training labels are contradicted more than test labels beyond chance, leaked ones left out", () => {
    const proven = (view: View) => labelNoise.screen(view).proven;
    const noisy = { training: 0.99, outOfFold: 0.92, tested: 0.985 };
    expect(proven(viewOf(noisy))).toBe(true);
    expect(proven(viewOf({ ...noisy, train: 100, test: 80 }))).toBe(false);
    const view = viewOf({ ...noisy, tested: 0.965 });
    const right = view.test.filter((_, i) => view.testErrors[i] === 0).slice(0, 400);
    const duplicates = Array.from(right, (row, i) => ({ a: i, b: row, kind: "exact" as const, distance: 0 }));
    expect(proven(view)).toBe(true);
    expect(proven({ ...view, duplicates })).toBe(false);
  });

  it("is not blamed where test images of a kind that training lacks leave models unsure", () => {
    const noisy = { training: 0.99, outOfFold: 0.92, tested: 0.95 };
    const view = viewOf(noisy);
    const far = (row: number) => row >= view.train.length + 400;
    // On the far images models err more and are sure of nothing; on the others test labels are contradicted as training's are.
    const values = view.tested[0].values.slice();
    const testErrors = view.testErrors.slice();
    view.test.forEach((row, i) => {
      const wrong = far(row) ? i % 2 : Number(i % 13 === 0);
      testErrors[i] = wrong;
      const said = (view.samples.labels[row] + wrong) % 4;
      for (let k = 0; k < 4; k++) values[4 * i + k] = far(row) ? (k === said ? 0.4 : 0.2) : k === said ? 0.85 : 0.05;
    });
    const told = { ...view, tested: [{ rows: view.test, values }], testErrors };
    const site = {
      name: "site",
      values: view.samples.files.map((_, row) => (far(row) || row % 100 === 0 ? "far" : "near")),
    };
    expect(labelNoise.screen(told).proven).toBe(true);
    expect(labelNoise.screen({ ...told, samples: { ...told.samples, columns: [site] } }).proven).not.toBe(true);
  });

  it("is not blamed for what bad training images lose, nor for what leaked test images win", () => {
    const spoilt = unsure({ outOfFold: 0.65, tested: 0.93 });
    const { measures } = spoilt.samples;
    const wrong = Array.from(spoilt.train).filter(
      (row, i) => argmax(spoilt.outOfFold!.values, i, 4) !== spoilt.samples.labels[row],
    );
    for (const row of wrong) measures!.contrast[row] = 0.004;
    expect(labelNoise.screen(spoilt).proven).not.toBe(true);
    const leaked = unsure({ outOfFold: 0.65, tested: 0.93 });
    const all = Array.from(leaked.test).filter((_, i) => leaked.testErrors[i] === 0 && i % 8 > 0);
    const duplicates = all.map((b, i) => ({ a: leaked.train[i], b, kind: "exact" as const, distance: 0 }));
    expect(labelNoise.screen({ ...leaked, duplicates }).proven).not.toBe(true);
  });

  it("is not blamed where the test set has more of an easy class than training", () => {
    const view = unsure({ outOfFold: 0.999, tested: 0.999 });
    const { labels } = view.samples;
    // Class 0 is always right, the others are wrong in seven of ten: in training a quarter are of class 0, in the test most are.
    const wrong = (row: number) => labels[row] !== 0 && row % 10 < 7;
    view.train.forEach((row, i) => {
      for (let k = 0; k < 4; k++)
        view.outOfFold!.values[4 * i + k] = k === (labels[row] + Number(wrong(row))) % 4 ? 0.4 : 0.2;
    });
    const easy = view.test.filter((row) => labels[row] === 0 || row % 80 < 10);
    const of = (rows: Int32Array) => Float32Array.from(rows, (row) => Number(wrong(row)));
    const shifted = { ...view, test: easy, testErrors: of(easy) };
    const error = (errors: Float32Array) => errors.reduce((sum, each) => sum + each, 0) / errors.length;
    expect(error(of(view.train)) - error(of(easy))).toBeGreaterThan(0.22);
    expect(labelNoise.screen(shifted).proven).not.toBe(true);
  });
});

describe("masks that show nothing", () => {
  const CLASSES = ["background", "mug", "plate"];
  /** Every image shows a mug but so many of training and test; training went nowhere where it is dead. */
  function masked(empty: { training: number; test: number }, isDead: boolean): View {
    const view = viewOf({ train: 200, test: 100 });
    const images = view.train.length + view.test.length;
    const pixels = new Float64Array(images * CLASSES.length);
    for (let row = 0; row < images; row++) {
      const isEmpty = row < 200 ? row < empty.training : row - 200 < empty.test;
      pixels.set(isEmpty ? [100, 0, 0] : [70, 30, 0], row * CLASSES.length);
    }
    const said = (rows: Int32Array) => ({ rows, values: new Float32Array(rows.length * maskRowWidth(CLASSES.length)) });
    return {
      ...view,
      task: "segmentation",
      classes: CLASSES,
      samples: { ...view.samples, labels: view.samples.labels.map((label) => 1 + (label % 2)) },
      tested: [said(view.test)],
      outOfFold: said(view.train),
      inSample: said(view.train),
      traces: view.traces.map((trace) => ({ ...trace, diverged: isDead })),
      masks: { pixels },
    };
  }

  it("are suspected where no network that learnt is left to contradict them, and held against images of any kind", () => {
    const view = masked({ training: 80, test: 1 }, true);
    const suspicion = labelNoise.screen(view);
    expect(suspicion).toMatchObject({ standing: "suspected", settles: true });
    expect(Array.from(suspicion.rows)).toEqual(Array.from({ length: 80 }, (_, row) => row));
    const [without] = tries(labelNoise, view);
    expect(without.drop).toEqual(suspicion.rows);
    const { drop } = labelNoise.control!(view, suspicion, without, benchOf(view))!;
    expect(drop).toHaveLength(80);
    expect(drop!.filter((row) => row < 80).length).toBeLessThan(60);
  });

  it("are no suspicion where the test has as many, or where a network that learnt may judge them", () => {
    for (const [empty, isDead] of [
      [{ training: 80, test: 40 }, true],
      [{ training: 4, test: 0 }, true],
      [{ training: 80, test: 1 }, false],
    ] as const)
      expect(labelNoise.screen(masked(empty, isDead)).settles).toBeUndefined();
  });
});

describe("training pictures with two labels", () => {
  it("are wrong beyond doubt, the copy that models hold for the less likely a suspect", () => {
    const view = viewOf();
    const hashes = view.samples.hashes.slice();
    const pairs = Array.from({ length: 60 }, (_, i) => [4 * i, 4 * i + 801]);
    for (const [row, copy] of pairs) hashes[copy] = hashes[row];
    const suspicion = labelNoise.screen({ ...view, samples: { ...view.samples, hashes } });
    expect(suspicion).toMatchObject({ standing: "suspected", proven: true });
    expect(suspicion.evidence.find(({ measure }) => measure === "training pictures with two labels")?.value).toBe(60);
    const suspects = new Set(suspicion.rows);
    for (const [row, copy] of pairs) expect(suspects.has(row) || suspects.has(copy)).toBe(true);
    expect(labelNoise.screen(view).proven).not.toBe(true);
  });
});

describe("image-quality", () => {
  it("finds noise by what it is of an image's variance, also where the classes' own sharpness differs widely", () => {
    const chance = random(9);
    const view = viewOf();
    const drawn = Array.from(view.samples.labels, (_, row) => {
      const noisy = row < view.train.length && row % 2 === 0;
      const [light, slope, step] = [60 + 120 * chance.float(), 10 + 30 * chance.float(), 1 + chance.int(6)];
      const pixels = Uint8Array.from({ length: 784 }, (_, i) => {
        const picture = light + slope * Math.sin((i % 28) / step) + slope * Math.cos(Math.floor(i / 28) / step);
        return Math.min(255, Math.max(0, noisy ? 0.12 * picture + 45 * Math.abs(chance.normal()) : picture));
      });
      return measure({ pixels, height: 28, width: 28, channels: 1 });
    });
    const measures = Object.fromEntries(
      Object.keys(drawn[0]).map((name) => [name, Float32Array.from(drawn, (each) => each[name as keyof Quality])]),
    ) as Measures;
    const bad = badImages({ ...view, samples: { ...view.samples, measures } }).map(({ row }) => row);
    expect(bad.sort((a, b) => a - b)).toEqual(Array.from(view.train).filter((row) => row % 2 === 0));
  });

  const spoilt = (part: number): View => {
    const view = viewOf();
    const measures = { ...view.samples.measures!, sharpness: view.samples.measures!.sharpness.slice() };
    view.train.forEach((row) => {
      if (row % Math.round(1 / part) === 0) measures.sharpness[row] /= 30;
    });
    return { ...view, samples: { ...view.samples, measures } };
  };

  it("finds them where most training images are bad, and blames no quality where all are of another kind", () => {
    const most = imageQuality.screen(spoilt(0.5));
    expect(most.rows.length).toBe(1000);
    const two = spoilt(0.5);
    two.train.forEach((row) => void (row % 5 > 0 && (two.samples.measures!.contrast[row] = 0.004)));
    expect(imageQuality.screen(two).standing).toBe("cleared");
    const three = spoilt(0.5);
    three.train.forEach((row) => void (row % 10 < 4 && (three.samples.measures!.contrast[row] = 0.004)));
    expect(imageQuality.screen(three).rows.length).toBe(1400);
  });

  it.each([0.02, 0.09, 0.2])("finds the blurred images where they are %f of training, and no others", (part) => {
    const view = spoilt(part);
    const suspicion = imageQuality.screen(view);
    expect(suspicion).toMatchObject({ standing: "suspected", proven: true });
    const step = Math.round(1 / part);
    expect(suspicion.rows.length).toBe(view.train.filter((row) => row % step === 0).length);
    expect(suspicion.rows.every((row) => row % step === 0)).toBe(true);
    const control = imageQuality.control!(view, suspicion, tries(imageQuality, view)[0], benchOf(view))!;
    expect(control.drop!.length).toBe(suspicion.rows.length);
  });

  it("takes what the test holds as often for another kind of image, which only an experiment can tell from a bad one", () => {
    const view = spoilt(0.2);
    view.test.forEach((row) => void (row % 5 === 0 && (view.samples.measures!.sharpness[row] /= 30)));
    expect(imageQuality.screen(view)).toMatchObject({ standing: "suspected", proven: false });
  });

  it.runIf(hasData("mnist"))("flags none of MNIST's 10,000 test images", () => {
    const { pixels, labels } = mnist("t10k");
    const all = Array.from(labels, (_, i) =>
      measure({ pixels: pixels.subarray(784 * i, 784 * (i + 1)), height: 28, width: 28, channels: 1 }),
    );
    const measures = Object.fromEntries(
      Object.keys(all[0]).map((name) => [name, Float32Array.from(all, (each) => each[name as keyof Quality])]),
    ) as Measures;
    const rows = Int32Array.from(labels.keys());
    const view = viewOf();
    const digits = { ...view.samples, measures, labels: Int32Array.from(labels) };
    const parts = [rows.filter((row) => row % 4 > 0), rows.filter((row) => row % 4 === 0)];
    for (const [train, test] of [[rows, new Int32Array(0)], parts, parts.toReversed()])
      expect(badImages({ ...view, classes: [..."0123456789"], train, test, samples: digits })).toEqual([]);
  });

  it("flags nothing among ordinary images, whose classes differ", () => {
    const view = viewOf();
    const { measures, labels } = view.samples;
    labels.forEach((label, row) => void (measures!.brightness[row] *= 1 + label));
    expect(badImages(view)).toEqual([]);
    expect(imageQuality.screen(view).standing).toBe("cleared");
  });
});
