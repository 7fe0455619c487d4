import { describe, expect, it } from "vitest";
import { EFFORTS } from "../../src/audit/effort.ts";
import type { JobRequest } from "../../src/audit/job.ts";
import { exploreSeeds } from "../../src/audit/lab.ts";
import { weightIn } from "../../src/audit/tier.ts";
import { onRows } from "../../src/audit/trial.ts";
import { dropoutOf } from "../../src/causes/recipes.ts";
import { TIERS } from "../../src/causes/types.ts";
import { deriveSeed, random } from "../../src/random.ts";
import { combine } from "../../src/stats/combine.ts";
import { audit, confirmed, simulate } from "./simulated.ts";

const regularized = (job: JobRequest) => dropoutOf(job.recipe) > 0;

describe("the proof, in worlds whose causes are known", () => {
  it.each([
    ["quick", 60],
    ["standard", 60],
  ] as const)("confirms next to nothing where every change is worth nothing, at %s", (effort, count) => {
    const audits = Array.from({ length: count }, (_, seed) =>
      audit(
        simulate(seed, { train: 300, test: 400 }, () => ({ skill: 0 })),
        effort,
      ),
    );
    const wrong = audits.filter((each) => confirmed(each).length > 0);
    const twice = audits.filter(({ proof }) => proof.trials.some(({ secondLook }) => secondLook));
    console.log(`nulls confirmed in ${wrong.length} of ${count} at ${effort}, looked at twice in ${twice.length}`);
    expect(wrong.length).toBeLessThanOrEqual(4);
    for (const { attribution } of audits.filter((each) => confirmed(each).length === 0))
      expect(attribution.unexplained.value).toBe(1);
  });

  it("confirms what mends errors, quotes a share near the truth, and leaves the rest unexplained", () => {
    const audits = Array.from({ length: 12 }, (_, seed) =>
      audit(simulate(seed, { train: 300, test: 1200 }, (job) => ({ skill: regularized(job) ? 0.6 : 0 }))),
    );
    for (const each of audits) {
      expect(each.ranked[0]).toMatchObject({ cause: { id: "regularization" }, verdict: "confirmed" });
      const { shares, unexplained, together } = each.attribution;
      const share = shares.get("regularization")!;
      expect(share.value).toBeGreaterThan(0.3);
      expect(share.value + unexplained.value).toBeCloseTo(1, 6);
      expect(together!.gain.low).toBeGreaterThan(0);
      const { promise } = each.proof.together!.comparison;
      expect(promise.value).toBe(together!.gain.value);
      expect(promise.low).toBeLessThan(together!.gain.low);
      expect(promise.high).toBeGreaterThan(together!.gain.high);
      const { view, halves, together: fixed } = each.proof;
      expect(fixed!.said.before).toHaveLength(EFFORTS.quick.freshSeeds);
      expect(fixed!.said.after.map((said) => onRows(said, halves.quote, view))).toEqual(fixed!.errors);
    }
  });

  it("counts exploring as evidence where it had nothing to choose and more than one seed", () => {
    const skill = (job: JobRequest) => ({ skill: 0.5 * Math.log2(job.train.rows.length / 300) });
    const trialAt = (effort: "quick" | "standard") =>
      audit(simulate(5, { train: 300, test: 1500 }, skill), effort).proof.trials.find(
        ({ cause }) => cause.id === "insufficient-data",
      )!;
    const quick = trialAt("quick");
    expect(quick.explored).toBeUndefined();
    expect(quick.comparison!.pValue).toBe(quick.comparison!.pOfGain);
    const { explored, comparison } = trialAt("standard");
    const weight = EFFORTS.standard.freshSeeds * 750;
    expect(comparison!.pValue).toBeCloseTo(combine([explored!, { pValue: comparison!.pOfGain, weight }]), 12);
    expect(explored!.weight).toBe(EFFORTS.standard.exploreSeeds * 750);
  });

  describe("where half of the images leaves open whether their number counts", () => {
    const asks = (worth: number, seed: number) =>
      audit(
        simulate(seed, { train: 300, test: 800 }, (job) => ({ skill: worth * Math.log2(job.train.rows.length / 300) })),
        "standard",
      );
    const quarter = ({ proof }: ReturnType<typeof audit>) =>
      proof.trials.some(({ tried }) =>
        tried.some(({ phase, intervention }) => phase === "confirm" && intervention.id === "1/4 of the images"),
      );

    it("asks a quarter, and confirms more of what is there", () => {
      const found = Array.from({ length: 20 }, (_, seed) => asks(0.2, seed)).filter((each) =>
        confirmed(each).includes("insufficient-data"),
      );
      console.log(`small worths confirmed in ${found.length} of 20, by a quarter in ${found.filter(quarter).length}`);
      expect(found.length).toBeGreaterThanOrEqual(9);
      expect(found.filter(quarter).length).toBeGreaterThanOrEqual(3);
    });

    it("confirms nothing where it does not", () => {
      const audits = Array.from({ length: 40 }, (_, seed) => asks(0, seed));
      const wrong = audits.filter((each) => confirmed(each).includes("insufficient-data"));
      console.log(
        `worthless images confirmed in ${wrong.length} of 40, asked twice in ${audits.filter(quarter).length}`,
      );
      expect(wrong.length).toBeLessThanOrEqual(1);
    });
  });

  it("measures what more data buys and says how much twice as much would", () => {
    const skill = (job: JobRequest) => ({ skill: 0.5 * Math.log2(job.train.rows.length / 300) });
    const { attribution, ...each } = audit(simulate(5, { train: 300, test: 1500 }, skill));
    expect(confirmed({ attribution, ...each })).toContain("insufficient-data");
    expect(attribution.outlook!.gains[0].value).toBeGreaterThan(0);
    expect(attribution.outlook!.sizes).toEqual([76, 152, 300]);
  });

  it("settles training that was cut short before it blames anything else", () => {
    const skill = (job: JobRequest) =>
      job.recipe.fit.epochs > 10 ? { skill: 1, training: 0.99 } : { skill: -0.8, training: 0.75, falling: true };
    const each = audit(simulate(3, { train: 300, test: 800 }, skill));
    expect(each.ranked[0]).toMatchObject({ cause: { id: "training-length" }, verdict: "confirmed" });
  });

  it("names the clearer sign where two fixes mend as much, and what it is not told apart from", () => {
    const world = simulate(3, { train: 300, test: 800 }, ({ recipe: { compile, fit } }) =>
      compile.loss === "sparseCategoricalCrossentropy" || fit.epochs > 10
        ? { skill: 1, training: 0.99 }
        : { skill: -0.8, training: 0.75, falling: true },
    );
    world.recipe.compile.loss = "meanSquaredError";
    const each = audit(world);
    expect(each.ranked[0]).toMatchObject({ cause: { id: "loss-mismatch" }, verdict: "confirmed" });
    expect(each.ranked[0].indistinguishable?.from).toContain("training-length");
  });

  it("blames the size of the network only where a larger one gains more than longer training", () => {
    const width = ({ recipe }: JobRequest) => Number(recipe.architecture[2].dense?.units ?? 0);
    const larger = (job: JobRequest) =>
      width(job) > 16 ? { skill: 0.6, training: 0.98 } : { skill: -0.8, training: 0.75 };
    const longer = (job: JobRequest) =>
      width(job) > 16 || job.recipe.fit.epochs > 10 ? { skill: 0.6, training: 0.98 } : { skill: -0.8, training: 0.75 };
    expect(confirmed(audit(simulate(6, { train: 300, test: 800 }, larger)))).toContain("underfit");
    expect(confirmed(audit(simulate(6, { train: 300, test: 800 }, longer)))).not.toContain("underfit");
  });

  it("stops at the first fresh seed where nothing is gained, and trains no control where the gain alone would not do", () => {
    const audits = Array.from({ length: 20 }, (_, seed) =>
      audit(simulate(seed, { train: 300, test: 400 }, () => ({ skill: 0 }))),
    );
    const trials = audits.flatMap(({ proof }) => proof.trials);
    const seedsOf = (id: string) =>
      trials.flatMap(({ tried }) =>
        tried
          .filter(({ phase, intervention }) => phase === "confirm" && intervention.id === id)
          .map(({ seeds }) => seeds),
      );
    const futile = trials.filter((trial) => trial.futile);
    expect(futile.length).toBeGreaterThan(5);
    for (const { chosen, confirmed: named } of futile) {
      expect(named).toBe(false);
      expect(seedsOf(chosen!.id)).toContain(1);
    }
    expect(seedsOf("without as many at random")).toEqual([]);
    // The smallest p-value of a tier pays for all that came to confirmation beside it, those that stopped at once among them.
    for (const { proof } of audits)
      for (const tier of TIERS) {
        const mine = proof.trials.filter(
          ({ cause, comparison, futile }) => cause.tier === tier && (comparison || futile),
        );
        const weight = mine.reduce((sum, { suspicion }) => sum + weightIn(suspicion), 0);
        const paid = mine
          .filter(({ comparison }) => comparison)
          .map(({ suspicion, comparison, adjustedPValue }) => {
            const share = comparison!.pValue / weightIn(suspicion);
            return { share, adjustedPValue };
          })
          .sort((a, b) => a.share - b.share);
        if (paid.length > 0)
          expect(paid[0].adjustedPValue).toBeGreaterThanOrEqual(Math.min(1, paid[0].share * weight) - 1e-12);
      }
    const cost = audits.reduce((sum, each) => sum + each.cost / audits.length, 0);
    console.log(`a null audit costs ${cost.toFixed(1)} training runs on average`);
    expect(cost).toBeLessThan(18);
  });

  it("names one of two fixes that mend the same errors, and both where each mends its own", () => {
    const wide = ({ recipe }: JobRequest) => Number(recipe.architecture[0].conv2d?.kernelSize) > 1;
    const of = (skill: (job: JobRequest) => number) => {
      const world = simulate(9, { train: 300, test: 1500 }, (job) => ({ skill: skill(job) }));
      world.recipe.architecture[0] = { conv2d: { filters: 8, kernelSize: 1, activation: "relu" } };
      return confirmed(audit(world, "standard"));
    };
    const same = of((job) => Math.max(wide(job) ? 0.8 : 0, regularized(job) ? 0.5 : 0));
    expect(same).toContain("architecture-choice");
    expect(same).not.toContain("regularization");
    const apart = of((job) => (wide(job) ? 0.6 : 0) + (regularized(job) ? 0.5 : 0));
    expect(apart.slice(0, 2).sort()).toEqual(["architecture-choice", "regularization"]);
  });

  describe("where the loss does not fit and seeds lie far apart", () => {
    /** Under the given loss each seed gets stuck somewhere else; under the matched one, too, or its errors are few and steady. */
    const world = (seed: number, mended: boolean) => {
      const made = simulate(seed, { train: 300, test: 800 }, ({ recipe: { compile }, seed: own }) =>
        mended && compile.loss === "sparseCategoricalCrossentropy"
          ? { skill: 0.2, training: 0.96 }
          : { skill: 0.1 - 0.4 * Math.abs(random(deriveSeed(own, "far", compile.loss)).normal()), training: 0.93 },
      );
      made.recipe.compile.loss = "meanAbsoluteError";
      return made;
    };
    const looked = ({ proof }: ReturnType<typeof audit>) => proof.trials.some(({ secondLook }) => secondLook);

    it("confirms no more than its level where the matched loss mends nothing, second looks and all", () => {
      const audits = Array.from({ length: 40 }, (_, seed) => audit(world(seed, false)));
      const wrong = audits.filter((each) => confirmed(each).includes("loss-mismatch"));
      console.log(`null losses confirmed in ${wrong.length} of 40, looked at twice in ${audits.filter(looked).length}`);
      expect(wrong.length).toBeLessThanOrEqual(2);
    });

    it("confirms the loss that mends them, with more seeds where three leave it open", () => {
      const audits = Array.from({ length: 20 }, (_, seed) => audit(world(seed, true)));
      const found = audits.filter((each) => confirmed(each).includes("loss-mismatch"));
      const twice = found.filter(looked);
      console.log(`mended losses confirmed in ${found.length} of 20, in ${twice.length} at the second look`);
      expect(found.length).toBeGreaterThanOrEqual(12);
      expect(twice.length).toBeGreaterThanOrEqual(3);
      for (const { cost } of audits) expect(cost).toBeLessThanOrEqual(EFFORTS.quick.maximumCost);
    });
  });

  it("tests what may be why training is dead together with the training causes", () => {
    const world = simulate(7, { train: 300, test: 800 }, ({ recipe: { architecture } }) =>
      Number(architecture[0].conv2d?.kernelSize) > 1 ? { skill: 1, training: 0.99 } : { skill: -9, training: 0.26 },
    );
    world.recipe.architecture[0] = { conv2d: { filters: 8, kernelSize: 1, activation: "relu" } };
    const each = audit(world);
    expect(each.ranked[0]).toMatchObject({ cause: { id: "architecture-choice" }, verdict: "confirmed" });
    expect(each.cost).toBeLessThanOrEqual(EFFORTS.quick.maximumCost);
  });

  it("holds more epochs against an augmentation that leaves little to learn from, and names the larger gain", () => {
    const audits = Array.from({ length: 6 }, (_, seed) => {
      const world = simulate(seed, { train: 300, test: 1200 }, ({ recipe: { fit } }) =>
        Object.values(fit.augmentation ?? {}).some(Boolean)
          ? { skill: fit.epochs > 10 ? -0.4 : -0.8, training: 0.75, falling: true }
          : { skill: 0.4, training: 0.97 },
      );
      world.recipe.fit.augmentation = { brightness: 1, hue: 0.5 };
      return audit(world, "standard");
    });
    for (const { proof } of audits)
      expect(proof.suspicions.get("training-length")).toMatchObject({ standing: "suspected" });
    expect(audits.filter((each) => confirmed(each)[0] === "destructive-augmentation").length).toBeGreaterThanOrEqual(5);
  });

  it.each([
    ["what mends errors", 0.8, ["label-noise"]],
    ["nothing where nothing does", 0, []],
  ])(
    "looks beyond training where one seed of three died and no training cause is at fault, and finds %s",
    (_, gain, expected) => {
      const worlds = Array.from({ length: 10 }, (_, seed) => {
        const [, dies] = exploreSeeds(seed, 2);
        const died = ({ name, seed: mine }: JobRequest) => name === "baseline" && mine === dies;
        const world = simulate(seed, { train: 300, test: 1200 }, (job) =>
          died(job) ? { skill: -9, training: 0.26 } : { skill: /suspects/.test(job.name) ? gain : 0 },
        );
        return audit(world, "standard");
      });
      for (const { proof } of worlds) expect(proof.dead).toBe(true);
      const found = worlds.map(confirmed);
      expect(found.filter((each) => each.join() === expected.join()).length).toBeGreaterThanOrEqual(8);
      expect(found.flat().filter((id) => !expected.includes(id)).length).toBeLessThanOrEqual(1);
    },
  );

  it("stays within its cost, and says what it left out", () => {
    for (const effort of ["quick", "standard"] as const) {
      const each = audit(
        simulate(8, { train: 300, test: 400 }, (job) => ({ skill: regularized(job) ? 0.4 : 0 })),
        effort,
      );
      expect(each.cost).toBeLessThanOrEqual(EFFORTS[effort].maximumCost);
      for (const { verdict, says } of each.ranked) if (verdict === "suspected") expect(says.length).toBeGreaterThan(20);
    }
  });

  it("gives the same answer for the same seed, and quotes from images and seeds that nothing was chosen on", () => {
    const world = () => simulate(4, { train: 300, test: 400 }, (job) => ({ skill: regularized(job) ? 0.5 : 0 }));
    const [first, second] = [audit(world()), audit(world())];
    expect(JSON.stringify(first.attribution)).toBe(JSON.stringify(second.attribution));
    const { halves } = first.proof;
    expect(new Set([...halves.explore, ...halves.quote]).size).toBe(400);
    expect(halves.movable.every((row) => halves.explore.includes(row))).toBe(true);
  });
});
