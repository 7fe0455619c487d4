import { describe, expect, it } from "vitest";
import type { JobRequest } from "../../src/audit/job.ts";
import { audit, confirmed, simulate, type World } from "./simulated.ts";

const TRAIN = 900;
const TEST = 1200;

describe("where training lacks a kind of test image", () => {
  /** The second half of the test images is of a far site, and of training two in a hundred. */
  const isFar = (row: number) => (row < TRAIN ? row % 50 === 0 : row >= TRAIN + TEST / 2);
  const moved = ({ train: { rows } }: JobRequest) => Array.from(rows).filter((row) => row >= TRAIN);

  /** @param mends what held-out images that are trained on as well are worth: the far ones on far images, the others there and elsewhere */
  const world = (seed: number, mends: { far: number; near: number; elsewhere: number }): World => {
    const made = simulate(seed, { train: TRAIN, test: TEST }, (job) => {
      const more = moved(job);
      const far = more.filter(isFar).length > more.length / 2;
      const there = more.length === 0 ? 0 : far ? mends.far : mends.near;
      return {
        skill: 0,
        on: (row) => (isFar(row) ? there - 0.9 : (more.length > 0 && !far ? mends.elsewhere : 0) - 0.4),
      };
    });
    const values = made.data.samples.files.map((_, row) => (isFar(row) ? "far" : "near"));
    made.data.samples.columns = [{ name: "site", values }];
    return made;
  };
  const audits = (mends: Parameters<typeof world>[1]) =>
    Array.from({ length: 3 }, (_, seed) => audit(world(seed, mends), "standard"));

  it("confirms it, though as many other images mend nearly as much elsewhere", () => {
    const found = audits({ far: 0.6, near: 0, elsewhere: 0.5 });
    for (const each of found) expect(confirmed(each)).toEqual(["coverage-gap"]);
    for (const { ranked } of found) expect(ranked[0].says).toMatch(/beyond its control on its images/);
  });

  it("does not where any more images mend as much there, nor where others mend more in all", () => {
    for (const each of audits({ far: 0.6, near: 0.6, elsewhere: 0 })) expect(confirmed(each)).toEqual([]);
    for (const each of audits({ far: 0.3, near: 0, elsewhere: 1.5 })) expect(confirmed(each)).toEqual([]);
  });

  it("says that its control does as well over all, where that alone speaks against it", () => {
    for (const each of audits({ far: 0.45, near: 0, elsewhere: 3 })) {
      expect(confirmed(each)).toEqual([]);
      const gap = each.ranked.find(({ cause }) => cause.id === "coverage-gap")!;
      expect(gap).toMatchObject({
        verdict: "suspected",
        says: expect.stringMatching(/Over all images its control does as well/),
      });
    }
  });
});
