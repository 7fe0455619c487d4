import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random } from "../../src/random.ts";
import { filledFrom, IGNORE, type Mask } from "../../src/stats/mask.ts";
import { MASK_ERRORS, splitErrors } from "../../src/stats/mask-errors.ts";
import { matchedByClass, near, outlineOf, regionsOf } from "../../src/stats/mask-shape.ts";
import {
  boundaryScores,
  countPixels,
  imageIou,
  iouOf,
  measureSegmentation,
  scoreImage,
  worstImages,
} from "../../src/stats/segmentation.ts";
import published from "./fixtures/segmentation.json" with { type: "json" };

const mask = (text: string): Mask => {
  const rows = text.trim().split(/\s+/);
  const values = Uint8Array.from(rows.join(""), (each) => (each === "x" ? IGNORE : each === "." ? 0 : Number(each)));
  return { values, height: rows.length, width: rows[0].length };
};
const placesOf = ({ values }: Mask, of: number): Int32Array =>
  Int32Array.from(values.keys()).filter((i) => values[i] === of);
const given = ({ truth, predicted, height, width }: (typeof published.images)[number]) => ({
  truth: { values: Uint8Array.from(truth), height, width },
  predicted: { values: Uint8Array.from(predicted), height, width },
});
const close = (actual: ArrayLike<number>, expected: number[]) => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    if (Number.isNaN(value)) expect(actual[i]).toBeNaN();
    else expect(actual[i]).toBeCloseTo(value, 10);
  });
};

describe("figures of one image are those of scikit-learn, scipy and scikit-image", () => {
  it.each(published.images.map((image) => ({ name: `${image.width} x ${image.height}`, image })))(
    "$name",
    ({ image }) => {
      const { truth, predicted } = given(image);
      const matrix = new Float64Array(9);
      const counts = countPixels(truth, predicted, 3, matrix);
      expect([...matrix]).toEqual(image.confusion);
      close(iouOf(counts), image.iou);
      const { perClass, pixelAccuracy } = measureSegmentation([[scoreImage(truth, predicted, 3)]], 3, {
        seed: 1,
        draws: 10,
      });
      close(
        perClass.map(({ dice }) => dice.value),
        image.dice,
      );
      expect(pixelAccuracy.value).toBeCloseTo(image.accuracy, 10);
      for (const [tolerance, expected] of Object.entries(image.boundaryF))
        close(boundaryScores(truth, predicted, counts, Number(tolerance)), expected);
      const objects = { ...truth, values: truth.values.map((value) => (value === IGNORE ? 0 : value)) };
      const { values, pixels } = regionsOf(objects);
      const sizes = [1, 2].flatMap((k) => [...pixels].filter((_, r) => values[r] === k).sort((a, b) => a - b));
      expect(sizes).toEqual(image.regions);
      const ones = placesOf(truth, 1);
      for (const [radius, expected] of Object.entries(image.near)) {
        const close = near(ones, truth.height, truth.width, Number(radius));
        expect(close.reduce((sum, value) => sum + value, 0)).toBe(expected);
      }
    },
  );
});

/** Random masks of two or three classes, with pixels to ignore in the first of each pair. */
const pairs = fc
  .record({
    height: fc.integer({ min: 1, max: 12 }),
    width: fc.integer({ min: 1, max: 12 }),
    seed: fc.nat(),
    classes: fc.integer({ min: 2, max: 3 }),
  })
  .map(({ height, width, seed, classes }) => {
    const chance = random(seed);
    const draw = (ignored: number): Mask => ({
      values: Uint8Array.from({ length: height * width }, () =>
        chance.float() < ignored ? IGNORE : chance.int(classes),
      ),
      height,
      width,
    });
    return { truth: draw(0.1), predicted: draw(0), classes };
  });

describe("properties", () => {
  it("what is right is not an error; each wrong pixel has one kind", () =>
    fc.assert(
      fc.property(pairs, fc.double({ min: 0, max: 4, noNaN: true }), ({ truth, predicted, classes }, tolerance) => {
        const { map, pixels, objects } = splitErrors(truth, predicted, { tolerance });
        const { both } = countPixels(truth, predicted, classes);
        const known = truth.values.filter((value) => value !== IGNORE).length;
        expect(pixels.reduce((sum, count) => sum + count, 0)).toBe(known - both.reduce((sum, count) => sum + count, 0));
        map.forEach((kind, i) => {
          const wrong = truth.values[i] !== IGNORE && truth.values[i] !== predicted.values[i];
          expect(kind > 0).toBe(wrong);
          if (kind > 0) expect(kind).toBeLessThanOrEqual(MASK_ERRORS.length);
        });
        expect(objects.missed + objects.wrongClass).toBeLessThanOrEqual(objects.true);
      }),
    ));

  it("a mask against itself is perfect, and IoU is symmetric", () =>
    fc.assert(
      fc.property(pairs, ({ truth, predicted, classes }) => {
        const itself = scoreImage(predicted, predicted, classes);
        for (const values of [iouOf(itself), itself.boundaryF])
          for (const value of values) expect(Number.isNaN(value) || value === 1).toBe(true);
        expect(itself.errors.every((count) => count === 0)).toBe(true);
        const full = { ...truth, values: truth.values.map((value) => (value === IGNORE ? 0 : value)) };
        expect(iouOf(countPixels(full, predicted, classes))).toEqual(iouOf(countPixels(predicted, full, classes)));
        const [there, back] = [
          scoreImage(full, predicted, classes, { tolerance: 1 }),
          scoreImage(predicted, full, classes, { tolerance: 1 }),
        ];
        close(there.boundaryF, [...back.boundaryF]);
      }),
    ));

  it("near: exactly the pixels within the radius, by measuring each", () =>
    fc.assert(
      fc.property(pairs, fc.double({ min: 0, max: 5, noNaN: true }), ({ truth: { values, height, width } }, radius) => {
        const marks = values.map((value) => (value === 1 ? 1 : 0));
        const expected = marks.map((_, i) =>
          marks.some(
            (mark, j) =>
              mark === 1 &&
              Math.hypot((i % width) - (j % width), Math.floor(i / width) - Math.floor(j / width)) <= radius + 1e-12,
          )
            ? 1
            : 0,
        );
        expect(near(placesOf({ values, height, width }, 1), height, width, radius + 1e-12)).toEqual(expected);
      }),
    ));

  it("outlines are matched alike by looking round each pixel and by measuring all distances", () =>
    fc.assert(
      fc.property(pairs, fc.double({ min: 0, max: 4, noNaN: true }), ({ truth, predicted, classes }, radius) => {
        const [known, said] = [filledFrom(truth, predicted), predicted];
        const [line, other] = [outlineOf(said), outlineOf(known)];
        const { matched } = matchedByClass(line, said, other, known, classes, radius);
        for (let k = 0; k < classes; k++) {
          const close = near(
            other.filter((pixel) => known.values[pixel] === k),
            said.height,
            said.width,
            radius,
          );
          const expected = line.filter((pixel) => said.values[pixel] === k && close[pixel] === 1).length;
          expect(matched[k]).toBe(expected);
        }
      }),
    ));

  it("regions: neighbours of one value are in one region, and every region holds together", () =>
    fc.assert(
      fc.property(pairs, ({ predicted }) => {
        const { values, height, width } = predicted;
        const { regionOf, pixels, firsts, values: of } = regionsOf(predicted);
        for (let i = 0; i < values.length; i++) {
          expect(regionOf[i] >= 0).toBe(values[i] !== 0);
          if (regionOf[i] < 0) continue;
          expect(of[regionOf[i]]).toBe(values[i]);
          expect(firsts[regionOf[i]]).toBeLessThanOrEqual(i);
          const [x, y] = [i % width, Math.floor(i / width)];
          for (const [dx, dy] of [
            [1, 0],
            [1, 1],
            [0, 1],
            [-1, 1],
          ])
            if (x + dx >= 0 && x + dx < width && y + dy < height && values[i + dy * width + dx] === values[i])
              expect(regionOf[i + dy * width + dx]).toBe(regionOf[i]);
        }
        expect(pixels.reduce((sum, count) => sum + count, 0)).toBe(values.filter((value) => value !== 0).length);
      }),
    ));
});

describe("kinds of errors", () => {
  const kinds = (truth: string, predicted: string, tolerance = 1) => {
    const { pixels, objects } = splitErrors(mask(truth), mask(predicted), { tolerance });
    return {
      ...Object.fromEntries(MASK_ERRORS.map((kind, i) => [kind, pixels[i]]).filter(([, count]) => count !== 0)),
      objects,
    };
  };
  const square = `
    ..........
    .11111111.
    .11111111.
    .11111111.
    .11111111.
    .11111111.
    .11111111.
    ..........`;
  it("a missed and a false object", () => {
    expect(kinds("11.... 11.... ...... ......", "...... ...... ....1. ......")).toEqual({
      "missed object": 4,
      "false object": 1,
      objects: { true: 1, missed: 1, wrongClass: 0, false: 1 },
    });
  });
  it("another class", () => {
    expect(kinds(square, square.replaceAll("1", "2"))).toEqual({
      "wrong class": 48,
      objects: { true: 1, missed: 0, wrongClass: 1, false: 0 },
    });
  });
  it("a boundary that is one pixel off, and a hole inside", () => {
    const off = square
      .replace(".11111111.", "..........")
      .replace("11111111.\n    ..........", "11111111.\n    ..........");
    expect(kinds(square, off)).toEqual({ boundary: 8, objects: { true: 1, missed: 0, wrongClass: 0, false: 0 } });
    const rows = square.trim().split(/\s+/);
    rows[3] = ".1111..11.";
    rows[4] = ".1111..11.";
    expect(kinds(square, rows.join(" "))).toMatchObject({ inside: 4 });
  });
  it("nothing where the truth is to be ignored", () => {
    expect(kinds("xx.... xx.... ......", "11.... 11.... ......")).toEqual({
      objects: { true: 0, missed: 0, wrongClass: 0, false: 0 },
    });
  });
  it("no outline round what is to be ignored", () => {
    const truth = mask("1111 1xx1 1111");
    const known = { ...truth, values: truth.values.map((value) => (value === IGNORE ? 1 : value)) };
    expect(outlineOf(known).length).toBe(0);
    const score = scoreImage(truth, mask("1111 1111 1111"), 2);
    expect(score.boundaryF[1]).toBe(1);
  });
});

describe("over images", () => {
  it("ranks the worst first", () => {
    const truth = mask("11.. 11..");
    const scores = ["11.. 11..", ".... ....", "1... 1...", "11.. 11.."].map((text) => scoreImage(truth, mask(text), 2));
    expect(scores.map(imageIou)).toEqual([1, 0, 0.5, 1]);
    expect(worstImages(scores)).toEqual([1, 2, 0, 3]);
    expect(imageIou(scoreImage(mask("...."), mask("...."), 2))).toBe(1);
  });

  /** An image of a square whose prediction lacks a random share of its rows. */
  const drawn = (chance: { float(): number }) => {
    const side = 12;
    const truth = new Uint8Array(side * side);
    const predicted = new Uint8Array(side * side);
    const lost = Math.floor(chance.float() * 6);
    for (let y = 2; y < 10; y++) truth.fill(1, y * side + 2, y * side + 10);
    for (let y = 2; y < 10 - lost; y++) predicted.fill(1, y * side + 2, y * side + 10);
    return scoreImage(
      { values: truth, height: side, width: side },
      { values: predicted, height: side, width: side },
      2,
    );
  };

  it("intervals of IoU and Dice cover the truth about as often as they say", () => {
    const expectedIou = (8 - 2.5) / 8;
    let covered = 0;
    const rounds = 200;
    for (let round = 0; round < rounds; round++) {
      const chance = random(round + 1);
      const scores = Array.from({ length: 40 }, () => drawn(chance));
      const { perClass, meanDice } = measureSegmentation([scores], 2, { seed: round, draws: 200 });
      const { iou, dice } = perClass[1];
      expect(dice.value).toBeCloseTo((2 * iou.value) / (1 + iou.value), 10);
      expect(meanDice.low).toBeLessThanOrEqual(meanDice.value);
      if (iou.low <= expectedIou && expectedIou <= iou.high) covered++;
    }
    expect(covered / rounds).toBeGreaterThan(0.9);
    expect(covered / rounds).toBeLessThan(0.99);
  });

  it("the same seed gives the same figures; seeds of training widen the interval", () => {
    const chance = random(4);
    const one = Array.from({ length: 30 }, () => drawn(chance));
    const other = Array.from({ length: 30 }, () => drawn(chance));
    const options = { seed: 2, draws: 100 };
    expect(measureSegmentation([one, other], 2, options)).toEqual(measureSegmentation([one, other], 2, options));
    const shares = measureSegmentation([one], 2, options).errors.map(({ share }) => share.value);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
  });
});
