import { describe, expect, it } from "vitest";
import type { Report } from "../../src/report/schema.ts";
import { judge } from "./judge.ts";
import type { Outcome } from "./outcome.ts";
import { summarise } from "./summary.ts";
import type { Fault } from "./types.ts";

const fault = (cause: Fault["cause"], accepted: Fault["accepted"] = []): Fault => ({
  id: cause,
  cause,
  accepted,
  family: cause === "label-noise" ? "data-quality" : "optimisation",
  says: "",
  strengths: { tune: [], final: [] },
  plant: (setting) => setting,
});

/** A report that names these causes in this order. */
const report = (...causes: [Fault["cause"], string, string?][]): Report =>
  ({
    causes: causes.map(([cause, verdict, family = "data-quality"]) => ({ cause, verdict, family, share: null })),
  }) as unknown as Report;

describe("judging one report", () => {
  it("takes the first confirmed or present cause for the finding, and passes over suspicions", () => {
    const told = judge(
      { kind: "fault" },
      [fault("label-noise")],
      report(["label-noise", "present"], ["leakage", "suspected"]),
    );
    expect(told).toMatchObject({ first: "label-noise", top1: true, top3: true, family: true });
    const wrong = judge({ kind: "fault" }, [fault("label-noise")], report(["label-noise", "suspected"]));
    expect(wrong).toMatchObject({ first: "none", top1: false, top3: false, family: false });
  });

  it("accepts what was written down, and tells family from cause", () => {
    const told = judge(
      { kind: "fault" },
      [fault("learning-rate", ["training-length"])],
      report(["batch-size", "confirmed", "optimisation"], ["training-length", "confirmed", "optimisation"]),
    );
    expect(told).toMatchObject({ top1: false, top3: true, family: true });
  });

  it("wants a finding of its own for each fault of a pair", () => {
    const pair = [fault("learning-rate", ["training-length"]), fault("training-length", ["learning-rate"])];
    expect(judge({ kind: "pair" }, pair, report(["learning-rate", "confirmed"])).both).toBe(false);
    expect(
      judge({ kind: "pair" }, pair, report(["learning-rate", "confirmed"], ["training-length", "present"])).both,
    ).toBe(true);
  });

  it("counts confirmed causes of clean data, but not the amount of data nor what is merely present", () => {
    const told = judge(
      { kind: "clean" },
      [],
      report(["insufficient-data", "confirmed"], ["label-noise", "present"], ["overfit", "confirmed"]),
    );
    expect(told.falseConfirmations).toEqual(["overfit"]);
    expect(told.top1).toBeUndefined();
  });
});

it("rates are over the cases that the measure is about", () => {
  const one = (more: Partial<Outcome>) => ({ base: "mnist", auditSeconds: 1, planted: [], ...more }) as Outcome;
  const summary = summarise([
    one({ kind: "fault", top1: true, top3: true, family: true, measured: { inside: true } as Outcome["measured"] }),
    one({ kind: "fault", top1: false, top3: true, family: true }),
    one({ kind: "pair", both: false, measured: { inside: false } as Outcome["measured"] }),
    one({ kind: "clean", falseConfirmations: [] }),
    one({ kind: "decoy", falseConfirmations: ["overfit"] }),
  ]);
  expect(summary.top1).toMatchObject({ successes: 1, of: 2, value: 0.5 });
  expect(summary.top3).toMatchObject({ successes: 2, of: 2, high: 1 });
  expect(summary.pairs).toMatchObject({ successes: 0, of: 1 });
  expect(summary.falseConfirmations).toMatchObject({ successes: 1, of: 2 });
  expect(summary.intervalCoverage).toMatchObject({ successes: 1, of: 2 });
  expect(summary.beatsRandom).toMatchObject({ successes: 0, of: 0, low: 0, high: 1 });
});
