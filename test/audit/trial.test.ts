import { expect, it } from "vitest";
import { slackOf, type Trial } from "../../src/audit/trial.ts";

const wrong = (count: number): Float32Array => Float32Array.from({ length: 100 }, (_, i) => Number(i < count));
const suspected = (strength: number): Trial => ({ suspicion: { strength } }) as unknown as Trial;

it("gives a strong suspicion one standard error of images and seeds before it is given up, and a weak one nothing", () => {
  const alike = [wrong(10), wrong(10)];
  // The two differ in four images of a hundred: sqrt(4) / 100.
  expect(slackOf(suspected(0.6), [wrong(10)], [wrong(14)], alike)).toBeCloseTo(0.02, 6);
  // Seeds of 10 and 14 wrong: a variance of 0.0008, once for each of the two arms.
  expect(slackOf(suspected(0.6), [wrong(10)], [wrong(14)], [wrong(10), wrong(14)])).toBeCloseTo(
    Math.sqrt(0.02 ** 2 + 2 * 0.0008),
    6,
  );
  expect(slackOf(suspected(0.4), [wrong(10)], [wrong(14)], [wrong(10), wrong(14)])).toBe(0);
  expect(slackOf(suspected(0.6), [], [wrong(14)], alike)).toBe(0);
});
