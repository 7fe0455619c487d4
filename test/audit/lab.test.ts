import { describe, expect, it } from "vitest";
import { EFFORTS } from "../../src/audit/effort.ts";
import type { JobRequest, JobResult } from "../../src/audit/job.ts";
import { armJob, subjectArm, withInterventions } from "../../src/audit/lab.ts";
import { observationJobs, observe } from "../../src/audit/observe.ts";
import { insufficientData } from "../../src/causes/insufficient-data.ts";
import { SOUND, tries, viewOf } from "../causes/views.ts";

describe("the cross-validation", () => {
  const view = viewOf({ train: 400, test: 80 });
  const jobs = () => observationJobs(view, subjectArm(SOUND), EFFORTS.quick);

  it("trains its models for as many steps as the baseline: fewer would make them worse for that alone", () => {
    const { baselines, folds } = jobs();
    expect(new Set([...baselines, ...folds].map(({ steps }) => steps)).size).toBe(1);
  });

  const id = ({ name, seed }: JobRequest) => `${name} ${seed}`;
  const answer = ({ predict }: JobRequest, said: (row: number) => number): JobResult => ({
    probabilities: Float32Array.from(
      [...predict].flatMap((row) => [0, 1, 2, 3].map((k) => Number(k === said(row) % 4))),
    ),
    curve: [],
    diverged: false,
    parameters: 1,
    steps: 1,
  });

  it("leaves out a fold whose model died", () => {
    const { folds } = jobs();
    const observed = (died: string[]) =>
      observe(view, subjectArm(SOUND), EFFORTS.quick, {
        results: (asked) =>
          asked.map((job) => answer(job, (row) => (died.includes(id(job)) ? 0 : view.samples.labels[row]))),
      });
    expect(observed([]).outOfFold!.rows).toHaveLength(400);
    const { outOfFold, foldErrors } = observed([id(folds[1])]);
    const unseen = folds[1].predict.filter((row) => row < 400);
    expect(outOfFold!.rows).toHaveLength(400 - unseen.length);
    expect([...unseen].some((row) => outOfFold!.rows.includes(row))).toBe(false);
    expect(foldErrors!.every((rate) => rate === 0)).toBe(true);
    const dead = observed(folds.map(id));
    expect(dead.outOfFold!.rows).toHaveLength(400);
    expect(dead.foldErrors!.filter((rate) => rate === 1)).toHaveLength(60);
  });

  it("asks its models about the test images as well, each one's errors as much as another's", () => {
    const { folds } = jobs();
    const wrong = id(folds[0]);
    const { foldErrors, testErrors } = observe(view, subjectArm(SOUND), EFFORTS.quick, {
      results: (asked) =>
        asked.map((job) => answer(job, (row) => (id(job) === wrong && row >= 440 ? 1 : 0) + view.samples.labels[row])),
    });
    expect(testErrors.every((rate) => rate === 0)).toBe(true);
    expect(foldErrors).toEqual(Float32Array.from(view.test, (row) => (row >= 440 ? 1 / folds.length : 0)));
  });
});

describe("a part of the training images", () => {
  const view = viewOf({ train: 400 });
  const [half] = tries(insufficientData, view);
  const rowsOf = (of: typeof view, seed: number) =>
    armJob(of, withInterventions(subjectArm(SOUND), [half]), seed).train.rows;

  it("is drawn anew for each seed, as many of every class, and trained for as many steps as all", () => {
    const [one, again, other] = [3, 3, 4].map((seed) => rowsOf(view, seed));
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
    for (const k of [0, 1, 2, 3]) expect(one.filter((row) => view.samples.labels[row] === k)).toHaveLength(50);
    const steps = (arm: ReturnType<typeof subjectArm>) => armJob(view, arm, 3).steps;
    expect(steps(withInterventions(subjectArm(SOUND), [half]))).toBe(steps(subjectArm(SOUND)));
  });

  it("keeps rows of one group together: what is left of a photograph's copies would stand for those left out", () => {
    const groups = Array.from(view.samples.labels, (label, row) => `${Math.floor(row / 16)} ${label}`);
    const grouped = { ...view, samples: { ...view.samples, groups } };
    const kept = rowsOf(grouped, 3);
    const counts = new Map<string, number>();
    for (const row of kept) counts.set(groups[row], (counts.get(groups[row]) ?? 0) + 1);
    expect([...counts.values()].every((count) => count === 4)).toBe(true);
    expect(kept.length).toBeGreaterThan(150);
    expect(kept.length).toBeLessThan(250);
  });
});
