import { describe, expect, it } from "vitest";
import { scoreMask } from "../../src/stats/mask-label-score.ts";
import {
  beyondOutlines,
  maskError,
  maskRow,
  maskRowWidth,
  meanMaskRow,
  readMaskRow,
  rowOfMask,
  saidMask,
} from "../../src/stats/mask-row.ts";
import { imageIou, scoreImage } from "../../src/stats/segmentation.ts";

const SIDE = 16;
const CLASSES = 3;
const truth = { values: new Uint8Array(SIDE * SIDE), height: SIDE, width: SIDE };
const probabilities = new Float32Array(SIDE * SIDE * CLASSES);
for (let y = 0; y < SIDE; y++)
  for (let x = 0; x < SIDE; x++) {
    const i = y * SIDE + x;
    truth.values[i] = x < 6 && y < 6 ? 1 : 0;
    const said = x >= 8 && y >= 8 ? 2 : x < 5 && y < 6 ? 1 : 0;
    for (let k = 0; k < CLASSES; k++) probabilities[i * CLASSES + k] = k === said ? 0.9 : 0.05;
  }

describe("what is kept of a predicted mask", () => {
  const row = maskRow(probabilities, truth, CLASSES);
  const read = readMaskRow(row, 0, CLASSES);

  it("is all of the image's figures and the score of its given mask", () => {
    const score = scoreImage(truth, saidMask(probabilities, truth, CLASSES), CLASSES);
    expect(row).toHaveLength(maskRowWidth(CLASSES));
    expect(read).toMatchObject({ truth: score.truth, predicted: score.predicted, both: score.both });
    expect(read).toMatchObject({ errors: score.errors, objects: score.objects });
    for (const [k, value] of read.boundaryF.entries()) expect(value).toBeCloseTo(score.boundaryF[k], 6);
    const label = scoreMask(probabilities, truth, CLASSES);
    expect(read.label.score).toBeCloseTo(label.score, 6);
    expect(read.label.region).toEqual({ given: 0, predicted: 2, box: label.regions[0].box });
    expect(maskError(row, 0, CLASSES)).toBeCloseTo(1 - imageIou(score), 6);
  });

  it("forgives outlines, not false objects", () => {
    const union = 36 + 64;
    expect(beyondOutlines(read)).toBeCloseTo(1 - 64 / union, 6);
  });

  it("is the same of a mask without probabilities, which counts as sure; its region can be shown smaller", () => {
    const said = saidMask(probabilities, truth, CLASSES);
    const sure = new Float32Array(probabilities.length);
    said.values.forEach((value, i) => {
      sure[i * CLASSES + value] = 1;
    });
    expect(rowOfMask(said, truth, CLASSES)).toEqual(maskRow(sure, truth, CLASSES));
    const { label } = readMaskRow(rowOfMask(said, truth, CLASSES, { height: 8, width: 4 }), 0, CLASSES);
    expect(label.region).toEqual({ given: 0, predicted: 2, box: [4, 2, 8, 4] });
  });

  it("has a mean, with the region of the row that doubts the mask most", () => {
    const sure = new Float32Array(probabilities.length);
    truth.values.forEach((value, i) => {
      sure[i * CLASSES + value] = 1;
    });
    const right = maskRow(sure, truth, CLASSES);
    const mean = readMaskRow(meanMaskRow([right, row]), 0, CLASSES);
    expect(mean.label.score).toBeCloseTo((1 + read.label.score) / 2, 5);
    expect(mean.label.region).toEqual(read.label.region);
  });
});
