import { describe, expect, it } from "vitest";
import { EFFORTS } from "../../src/audit/effort.ts";
import type { JobRequest } from "../../src/audit/job.ts";
import { deriveSeed, random } from "../../src/random.ts";
import { audit, confirmed, simulate, type World } from "./simulated.ts";

describe("where classes are rare and something else is wrong", () => {
  const weighted = ({ recipe: { fit } }: JobRequest) => Array.isArray(fit.classWeight) && fit.classWeight[0] > 1.5;
  /** Class "a" is rare and wrong unless it is weighted; so many labels of the others are wrong. */
  const world = (seed: number, skill: Parameters<typeof simulate>[2], wrong: number): World => {
    const made = simulate(seed, { train: 900, test: 1200 }, skill);
    const { labels } = made.data.samples;
    const chance = random(deriveSeed(seed, "hidden"));
    made.data.train = made.data.train.filter((row) => labels[row] !== 0 || row % 16 === 0);
    const truth = labels.slice();
    for (const row of made.data.train) if (truth[row] > 0 && chance.float() < wrong) labels[row] = (truth[row] % 3) + 1;
    return {
      ...made,
      train(job) {
        const result = made.train(job);
        const trained = new Set(job.train.rows);
        const luck = random(deriveSeed(job.seed, "rare", job.name));
        job.predict.forEach((row, i) => {
          const isRare = truth[row] === 0 && !weighted(job) && !trained.has(row) && luck.float() < 0.7;
          const said = isRare ? 1 : truth[row];
          if (!isRare && (truth[row] === labels[row] || trained.has(row))) return;
          for (let k = 0; k < 4; k++) result.probabilities[4 * i + k] = k === said ? 0.7 : 0.1;
        });
        return result;
      },
    };
  };
  /** Without the wrong labels `worth` more is right, but only where the rare class is weighted. */
  const both = (worth: number) => {
    const skill = (job: JobRequest) => ({
      skill: weighted(job) && /without the suspects/.test(job.name) ? worth : 0,
      training: 0.97,
    });
    return Array.from({ length: 5 }, (_, seed) => audit(world(seed, skill, 0.3), "standard"));
  };

  it("confirms rare classes beside too few epochs, though each alone mends about as much", () => {
    const cut = ({ recipe: { fit } }: JobRequest) =>
      fit.epochs > 10 ? { skill: 0.8, training: 0.99 } : { skill: -0.3, training: 0.75, falling: true };
    const audits = Array.from({ length: 5 }, (_, seed) => audit(world(seed, cut, 0), "standard"));
    for (const each of audits) expect(each.proof.together!.causes).toHaveLength(2);
    for (const each of audits) expect(confirmed(each).sort()).toEqual(["class-imbalance", "training-length"]);
  });

  it("tests the labels again on top of the weights, and confirms both", () => {
    const audits = both(0.8);
    for (const { proof, cost } of audits) {
      expect(proof.masked.map(({ cause }) => cause.id)).toContain("label-noise");
      expect(cost).toBeGreaterThan(EFFORTS.standard.maximumCost * 0.5);
      expect(cost).toBeLessThanOrEqual(EFFORTS.standard.maximumCost + EFFORTS.standard.furtherCost);
    }
    const found = audits.map((each) => confirmed(each).slice(0, 2).sort().join());
    expect(found.filter((each) => each === "class-imbalance,label-noise").length).toBeGreaterThanOrEqual(4);
  });

  it("says of the labels that they are wrong and cost nothing, where they do not", () => {
    for (const each of both(0)) {
      expect(confirmed(each)).toEqual(["class-imbalance"]);
      expect(each.ranked[1]).toMatchObject({ cause: { id: "label-noise" }, verdict: "present" });
    }
  });
});
