import { describe, expect, it } from "vitest";
import { random } from "../../src/random.ts";
import { findLabelIssues } from "../../src/stats/label-issues.ts";
import { hasLabelErrors, labelSet, mnistSet, SETS } from "./label-sets.ts";

/** Harmonic mean of precision and recall of flags against truth. */
function f1(flags: ArrayLike<number>, wrong: ArrayLike<number>): number {
  let hits = 0;
  let either = 0;
  for (let i = 0; i < flags.length; i++) {
    hits += flags[i] * wrong[i];
    either += flags[i] + wrong[i];
  }
  return (2 * hits) / either;
}

describe.skipIf(!hasLabelErrors)("label issues on published sets (ERRATA_DATA)", () => {
  it.each(SETS)("$set, $model: F1 within 0.003 of $mark or above", ({ set, model, mark }) => {
    const { labels, probabilities, wrong } = labelSet(set, model);
    const { isIssue, threshold, temperature } = findLabelIssues(labels, probabilities, 10);
    const reached = f1(isIssue, wrong);
    console.log(
      `${set} ${model}: F1 ${reached.toFixed(4)} (mark ${mark}), cut ${threshold}, temperature ${temperature.toFixed(2)}`,
    );
    expect(reached).toBeGreaterThanOrEqual(mark - 0.003);
  });

  it("catches the errors of MNIST's test set that people confirmed, with few flags", () => {
    const { labels, probabilities, confirmed } = mnistSet();
    const { isIssue } = findLabelIssues(labels, probabilities, 10);
    const flags = isIssue.reduce((sum, flag) => sum + flag, 0);
    const caught = confirmed.filter((id) => isIssue[id] === 1).length;
    console.log(`MNIST: ${caught} of ${confirmed.length} confirmed errors with ${flags} flags`);
    expect(caught).toBeGreaterThanOrEqual(13);
    expect(flags).toBeLessThanOrEqual(87);
  });
});

describe("label issues", () => {
  it.each([
    [1_000_000, 10],
    [100_000, 1000],
  ])("takes %i x %i images x classes in memory in seconds", (images, classes) => {
    const chance = random(1);
    const probabilities = new Float32Array(images * classes);
    const labels = new Int32Array(images);
    for (let i = 0; i < images; i++) {
      labels[i] = chance.int(classes);
      probabilities.fill(0.3 / (classes - 1), i * classes, (i + 1) * classes);
      probabilities[i * classes + (i % 10 === 0 ? chance.int(classes) : labels[i])] = 0.7;
    }
    const begun = performance.now();
    const { isIssue } = findLabelIssues(labels, probabilities, classes);
    const milliseconds = performance.now() - begun;
    console.log(
      `${images} x ${classes}: ${milliseconds.toFixed(0)} ms, ${isIssue.reduce((sum, flag) => sum + flag, 0)} flags`,
    );
    expect(milliseconds).toBeLessThan(10_000);
  });
});
