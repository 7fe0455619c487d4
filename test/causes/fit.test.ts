import { describe, expect, it } from "vitest";
import { fitOf, isDead } from "../../src/causes/fit.ts";
import { viewOf } from "./views.ts";

/** Training ended near guessing one of four classes. */
const near = { lastAccuracy: 0.3, training: 0.3 };

describe("whether a baseline is dead", () => {
  it("is seen where training ends near guessing, on training images and on test images", () => {
    expect(fitOf(viewOf({ ...near, tested: 0.26 })).deadSeeds).toBe(2);
    expect(isDead(fitOf(viewOf({ ...near, tested: 0.26 })))).toBe(true);
  });

  it("is not held against a seed that recognises test images: wrong labels keep its training accuracy down", () => {
    const view = viewOf({ ...near, tested: 0.8 });
    const fit = fitOf({ ...view, tested: [view.tested[0], view.tested[0]] });
    expect(fit.deadSeeds).toBe(0);
    expect(isDead(fit)).toBe(false);
  });

  it("is not hidden by a test set of nearly one class, which a constant answer gets right", () => {
    const view = viewOf(near);
    const test = view.test.filter((row) => row % 4 === 0 || row % 40 === 1);
    const always = new Float32Array(test.length * 4).map((_, i) => Number(i % 4 === 0));
    const constant = { rows: test, values: always };
    const testErrors = Float32Array.from(test, (row) => Number(row % 4 !== 0));
    const fit = fitOf({ ...view, test, testErrors, tested: [constant, constant] });
    expect(fit.test).toBeGreaterThan(0.85);
    expect(fit.deadSeeds).toBe(2);
  });
});
