import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random } from "../../src/random.ts";
import { IGNORE, type Mask } from "../../src/stats/mask.ts";
import { scoreMask } from "../../src/stats/mask-label-score.ts";
import published from "./fixtures/mask-label-score.json" with { type: "json" };

it("the soft minimum is cleanlab's", () => {
  const { images, classes, height, width, labels, probabilities, softmin } = published;
  const pixels = height * width;
  for (const [temperature, expected] of Object.entries(softmin))
    for (let image = 0; image < images; image++) {
      const values = Uint8Array.from(labels.slice(image * pixels, (image + 1) * pixels));
      const p = Float32Array.from(probabilities.slice(image * pixels * classes, (image + 1) * pixels * classes));
      const { softMinimum } = scoreMask(p, { values, height, width }, classes, { temperature: Number(temperature) });
      expect(softMinimum).toBeCloseTo(expected[image], 4);
    }
});

const SIDE = 32;
/** A mask with squares of 6 pixels' side at the places named, [top, left, class]. */
function squares(...places: [number, number, number][]): Mask {
  const values = new Uint8Array(SIDE * SIDE);
  for (const [top, left, k] of places)
    for (let y = top; y < top + 6; y++) values.fill(k, y * SIDE + left, y * SIDE + left + 6);
  return { values, height: SIDE, width: SIDE };
}
/** A model that is sure of what a mask shows. */
function sureOf({ values }: Mask, classes = 3, sure = 0.9): Float32Array {
  const p = new Float32Array(values.length * classes).fill((1 - sure) / (classes - 1));
  for (let i = 0; i < values.length; i++) p[i * classes + values[i]] = sure;
  return p;
}

describe("a mask's score", () => {
  const truth = squares([2, 2, 1], [2, 20, 2], [20, 10, 1]);
  const score = (given: Mask, options = {}) => scoreMask(sureOf(truth), given, 3, options);

  it("names what was left out, added and confused", () => {
    const lost = score(squares([2, 2, 1], [20, 10, 1]));
    expect(lost.regions).toHaveLength(1);
    expect(lost.regions[0]).toMatchObject({ given: 0, predicted: 2, pixels: 36, box: [2, 20, 8, 26] });
    expect(lost.regions[0].score).toBeCloseTo(0.05, 6);
    expect(lost.regions[0].evidence).toBeCloseTo(36 * 0.85, 4);
    const added = score(squares([2, 2, 1], [2, 20, 2], [20, 10, 1], [20, 24, 2]));
    expect(added.regions[0]).toMatchObject({ given: 2, predicted: 0, pixels: 36, box: [20, 24, 26, 30] });
    const confused = score(squares([2, 2, 2], [2, 20, 2], [20, 10, 1]));
    expect(confused.regions[0]).toMatchObject({ given: 2, predicted: 1, pixels: 36 });
    for (const { score } of [lost, added, confused]) expect(score).toBeLessThan(0.6);
  });

  it("does not count outlines that are drawn a little apart", () => {
    const shifted = score(squares([3, 2, 1], [2, 21, 2], [20, 10, 1]));
    expect(shifted.regions.every(({ evidence }) => evidence === 0)).toBe(true);
    expect(shifted.score).toBeGreaterThan(0.9);
    const farther = score(squares([7, 2, 1], [2, 20, 2], [20, 10, 1]));
    expect(farther.score).toBeLessThan(shifted.score);
  });

  it("is highest for the mask that the model sees, and says nothing of what is to be ignored", () => {
    expect(score(truth)).toMatchObject({ score: 1, iou: 1, regions: [] });
    const ignored = squares([2, 2, 1], [20, 10, 1], [2, 20, IGNORE]);
    expect(score(ignored)).toMatchObject({ score: 1, iou: 1, regions: [] });
    expect(score({ ...truth, values: truth.values.map(() => IGNORE) })).toMatchObject({ softMinimum: 1, regions: [] });
  });

  it("leaves doubt alone: only confident disagreement is a region", () => {
    const lost = squares([2, 2, 1], [20, 10, 1]);
    expect(scoreMask(sureOf(truth, 3, 0.5), lost, 3).regions).toEqual([]);
    expect(scoreMask(sureOf(truth, 3, 0.5), lost, 3, { margin: 0.2 }).regions).toHaveLength(1);
  });

  it("takes bytes as 255ths", () => {
    const lost = squares([2, 2, 1], [20, 10, 1]);
    const bytes = Uint8Array.from(sureOf(truth), (p) => Math.round(255 * p));
    const [exact, rounded] = [score(lost), scoreMask(bytes, lost, 3)];
    expect(rounded.score).toBeCloseTo(exact.score, 2);
    expect(rounded.softMinimum).toBeCloseTo(exact.softMinimum, 2);
  });

  it("lies in 0..1 and falls as more objects are left out", () =>
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 2 }), (seed, less) => {
        const places: [number, number, number][] = [
          [2, 2, 1],
          [2, 20, 2],
          [20, 10, 1],
        ];
        const order = random(seed).shuffle(places);
        const fewer = score(squares(...order.slice(0, less)));
        const more = score(squares(...order.slice(0, less + 1)));
        for (const { score: value, softMinimum, iou } of [fewer, more])
          for (const figure of [value, softMinimum, iou]) {
            expect(figure).toBeGreaterThanOrEqual(0);
            expect(figure).toBeLessThanOrEqual(1);
          }
        expect(fewer.score).toBeLessThan(more.score);
      }),
    ));

  it("refuses probabilities of another shape", () => {
    expect(() => scoreMask(new Float32Array(5), truth, 3)).toThrow(/5 probabilities for 32 x 32 pixels and 3 classes/);
  });
});
