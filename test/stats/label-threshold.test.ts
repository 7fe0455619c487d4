import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random } from "../../src/random.ts";
import { findLabelIssues } from "../../src/stats/label-issues.ts";
import { labelThreshold, SCORE_BINS, scoreHistogram } from "../../src/stats/label-threshold.ts";

type Noise = "symmetric" | "pair" | "human";
const CLASSES = 6;

/** What a good model of noisy labels says: the noisy posterior. Human noise is a second, blurred look at the same image. */
function world(noise: Noise, rate: number, seed: number, images = 4000) {
  const chance = random(seed);
  const labels = new Int32Array(images);
  const wrong = new Uint8Array(images);
  const probabilities = new Float64Array(images * CLASSES);
  const draw = (weights: number[]) => {
    let u = chance.float();
    const k = weights.findIndex((weight) => (u -= weight) < 0);
    return k < 0 ? CLASSES - 1 : k;
  };
  const soft = (logits: number[], scale: number) => {
    const powers = logits.map((logit) => Math.exp(scale * logit));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  };
  for (let i = 0; i < images; i++) {
    const like = chance.int(CLASSES);
    const ease = 6 * chance.float() + 1;
    const logits = Array.from({ length: CLASSES }, (_, k) => chance.normal() + (k === like ? ease : 0));
    const belief = soft(logits, 1.5);
    const truth = draw(belief);
    // With human noise a label is drawn from a blurred belief: it is wrong where the image is ambiguous.
    const blurred = soft(logits, 0.6);
    const seen =
      noise === "human"
        ? belief.map((p, k) => (1 - rate) * p + rate * blurred[k])
        : belief.map((p, k) =>
            noise === "pair"
              ? (1 - rate) * p + rate * belief[(k + CLASSES - 1) % CLASSES]
              : (1 - rate) * p + (rate * (1 - p)) / (CLASSES - 1),
          );
    const flip = chance.float() < rate;
    const other = noise === "pair" ? (truth + 1) % CLASSES : (truth + 1 + chance.int(CLASSES - 1)) % CLASSES;
    labels[i] = flip ? (noise === "human" ? draw(blurred) : other) : truth;
    wrong[i] = labels[i] === truth ? 0 : 1;
    probabilities.set(seen, i * CLASSES);
  }
  return { labels, wrong, probabilities };
}

function f1(flags: ArrayLike<number>, wrong: Uint8Array): number {
  let hits = 0;
  let either = 0;
  for (let i = 0; i < wrong.length; i++) {
    hits += flags[i] * wrong[i];
    either += flags[i] + wrong[i];
  }
  return (2 * hits) / either;
}

describe("the threshold of label scores", () => {
  const noises: Noise[] = ["symmetric", "pair", "human"];
  it.each(noises)("does not collapse at any rate of %s noise", (noise) => {
    const lines = [0.05, 0.15, 0.25, 0.35, 0.45].map((rate, r) => {
      const { labels, wrong, probabilities } = world(noise, rate, r + 1);
      const { isIssue, threshold } = findLabelIssues(labels, probabilities, CLASSES);
      const plain = labels.map((label, i) => {
        const row = probabilities.subarray(i * CLASSES, (i + 1) * CLASSES);
        return row.indexOf(Math.max(...row)) === label ? 0 : 1;
      });
      const [own, argmax] = [f1(isIssue, wrong), f1(plain, wrong)];
      expect(own, `${noise} ${rate}`).toBeGreaterThan(argmax - 0.05);
      return `${noise} ${rate}: cut ${threshold.toFixed(2)}, F1 ${own.toFixed(3)}, argmax ${argmax.toFixed(3)}`;
    });
    console.log(lines.join("\n"));
  });

  it("lies in 0..1/2 for any histogram", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: SCORE_BINS, maxLength: SCORE_BINS }), (counts) => {
        const cut = labelThreshold(Float64Array.from(counts));
        expect(cut).toBeGreaterThan(0);
        expect(cut).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it("is the argmax rule where no label is refused flatly, however few of them lie low", () => {
    const chance = random(3);
    const scores = Array.from({ length: 480 }, () => 0.6 + 0.1 * chance.normal());
    expect(labelThreshold(scoreHistogram(scores))).toBe(0.5);
  });

  it("follows the order of images: a turned dataset gives turned flags and scores", () => {
    const { labels, probabilities } = world("symmetric", 0.2, 9, 600);
    const there = findLabelIssues(labels, probabilities, CLASSES);
    const backwards = new Float64Array(probabilities.length);
    for (let i = 0; i < 600; i++) {
      backwards.set(probabilities.subarray(i * CLASSES, (i + 1) * CLASSES), (599 - i) * CLASSES);
    }
    const back = findLabelIssues(labels.slice().reverse(), backwards, CLASSES);
    expect(back.isIssue.reverse()).toEqual(there.isIssue);
    there.score.forEach((score, i) => {
      expect(back.score[599 - i]).toBeCloseTo(score, 5);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    });
  });

  it("never suggests the given class for a flagged image, and survives zeros, one image and missing classes", () => {
    const { labels, probabilities } = world("human", 0.4, 4);
    const { isIssue, predicted } = findLabelIssues(labels, probabilities, CLASSES);
    isIssue.forEach((flag, i) => {
      if (flag) expect(predicted[i]).not.toBe(labels[i]);
    });
    const hard = findLabelIssues([0, 1, 1], [1, 0, 0, 1, 0, 0, 0, 1, 0], 3);
    expect(Array.from(hard.score).every(Number.isFinite)).toBe(true);
    expect(findLabelIssues([0], [0.9, 0.1], 2).isIssue.length).toBe(1);
  });
});
