import { describe, expect, it } from "vitest";
import type { Trial } from "../../src/audit/trial.ts";
import { classImbalance } from "../../src/causes/class-imbalance.ts";
import { assembleReport } from "../../src/report/assemble.ts";
import { reportSchema } from "../../src/report/schema.ts";
import { audit, simulate } from "../audit/simulated.ts";
import { benchOf, viewOf } from "../causes/views.ts";
import { bundleFixture } from "./fixture.ts";

const { run, dataset, subject, missing, cost } = (await bundleFixture()).report;
const about = { run, dataset, subject, missing, cost };

describe("a report as it is assembled", () => {
  it("says what the fixes gained, and what to expect of them on other images and seeds", () => {
    const world = simulate(3, { train: 900, test: 1200 }, ({ recipe: { fit } }) =>
      fit.epochs > 10 ? { skill: 0.8 } : { skill: -0.3, training: 0.75, falling: true },
    );
    const { proof, ranked, attribution } = audit(world, "standard");
    const report = reportSchema.parse(assembleReport(proof.view, { ranked, attribution }, proof, about));
    const { gain, promise, says } = report.together!;
    expect(says).toMatch(/^Putting right training-length takes the error rate from [\d.]+ % to [\d.]+ %/);
    expect(says).toMatch(/expect a gain of [\d.]+ points to [\d.]+ points \(95 %\)\.$/);
    expect(promise.value).toBe(gain.value);
    expect(promise.low).toBeLessThan(gain.low);
    expect(promise.high).toBeGreaterThan(gain.high);
  });

  it("does not advise what gained nothing when it was tried", () => {
    const view = viewOf();
    const suspicion = { ...classImbalance.screen(view), standing: "suspected" as const, proven: true };
    const [intervention] = classImbalance.interventions!(view, suspicion, benchOf(view));
    const remedyAt = (gain: number) => {
      const tried: Trial["tried"] = [{ intervention, phase: "explore", seeds: 2, errorRate: 0.2, gain }];
      const trial: Trial = { cause: classImbalance, suspicion, tried, confirmed: false };
      const judged = {
        cause: classImbalance,
        verdict: "present" as const,
        share: null,
        says: "It is.",
        suspicion,
        trial,
      };
      return assembleReport(view, { ranked: [judged] }, undefined, about).causes[0].remedy;
    };
    expect(remedyAt(0.01).change).toBeDefined();
    expect(remedyAt(-0.01).change).toBeUndefined();
    expect(remedyAt(-0.01).says).toMatch(
      /Tried here, weighting each class by the inverse of its size gained nothing\.$/,
    );
  });
});
