import { expect, it } from "vitest";
import { live, unstableGain, unstablePValue } from "../../src/audit/unstable.ts";
import type { View } from "../../src/causes/view.ts";
import { random } from "../../src/random.ts";
import { compareArms } from "../../src/stats/arms.ts";

const IMAGES = 300;
/** Ten classes alike: all that is looked at to tell a dead seed. */
const VIEW = {
  classes: Array.from({ length: 10 }, (_, k) => `${k}`),
  samples: { labels: Int32Array.from({ length: IMAGES }, (_, i) => i % 10) },
  train: Int32Array.from({ length: IMAGES }, (_, i) => i),
  traces: [],
  tested: [],
  testErrors: new Float32Array(0),
} as unknown as View;
const LEVEL = 0.025;

/** Seeds of a recipe on which training dies with some probability, and else errs at about 8 %. */
function recipe(deaths: number, spread: number, seed: number): () => Float32Array {
  const chance = random(seed);
  return () => {
    const rate = chance.float() < deaths ? 0.9 : Math.min(0.8, 0.08 * Math.exp(spread * chance.normal()));
    return Float32Array.from({ length: IMAGES }, () => (chance.float() < rate ? 1 : 0));
  };
}
const isDead = (errors: Float32Array): boolean => errors.reduce((sum, error) => sum + error, 0) / IMAGES > 0.765;

it("rejects a null at its level although a death raised the suspicion", () => {
  for (const deaths of [0.1, 0.3, 0.6])
    for (const spread of [0.1, 0.4]) {
      const train = recipe(deaths, spread, Math.round(1000 * deaths + 10 * spread));
      let audits = 0;
      let rejected = 0;
      while (audits < 800) {
        const observed = [train(), train()];
        if (!observed.some(isDead)) continue;
        audits++;
        const arm = () => [train(), train(), train()];
        if (unstablePValue(arm(), observed, arm(), VIEW) < LEVEL) rejected++;
      }
      console.log(`deaths ${deaths}, spread ${spread}: null rejected ${(rejected / audits).toFixed(3)}`);
      expect(rejected / audits).toBeLessThanOrEqual(LEVEL + 0.012);
    }
});

it("sees a change that keeps training alive, and one that trains better", () => {
  const [dying, sound] = [recipe(1, 0.1, 1), recipe(0, 0.1, 3)];
  const arm = (train: () => Float32Array) => [train(), train(), train()];
  expect(unstablePValue(arm(dying), [dying(), dying()], arm(sound), VIEW)).toBeLessThan(0.001);
  expect(unstablePValue(arm(sound), [sound(), sound()], arm(sound), VIEW)).toBeGreaterThan(0.01);
});

it("gives the gain of a change that keeps training alive an interval of its own, where one seed in many lives by chance", () => {
  const [dying, sound] = [recipe(1, 0.1, 1), recipe(0, 0.3, 3)];
  const lucky = Float32Array.from({ length: IMAGES }, (_, i) => (i % 10 < 7 ? 1 : 0));
  const fresh = [dying(), dying(), dying(), lucky];
  const changed = [sound(), sound(), sound(), Float32Array.from({ length: IMAGES }, (_, i) => (i % 10 < 4 ? 1 : 0))];
  expect(unstablePValue(fresh, [], changed, VIEW)).toBeLessThan(0.01);
  const compared = compareArms({ baseline: live(fresh, VIEW), changed });
  expect(compared.gain.low).toBeLessThan(0);
  const { value, low, high } = unstableGain(compared, fresh, [], changed, VIEW);
  expect(value).toBe(compared.gain.value);
  expect(low).toBeGreaterThan(0.1);
  expect(high).toBeLessThan(0.7);
});
