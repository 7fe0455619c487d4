import { expect, it } from "vitest";
import { byImportance } from "../../src/audit/order.ts";
import type { Intervention, Verdict } from "../../src/causes/types.ts";

const half: Intervention = { id: "half", says: "training on half of the images", takesAway: true };

/** A judgement as far as the order looks at it. */
const judged = (
  name: string,
  verdict: Verdict,
  { share = null as number | null, distorts = false, less = false, strength = 0.5 } = {},
) => ({
  name,
  cause: distorts ? { distortsMeasure: true as const } : {},
  verdict,
  share: share === null ? null : { value: share, low: share, high: share },
  suspicion: { strength },
  ...(less ? { trial: { chosen: half } } : {}),
});

it("ranks by verdict and share, with what distorts the measure first and the advice to collect more behind faults that are there", () => {
  const order = [
    judged("leakage, confirmed", "confirmed", { distorts: true }),
    judged("large share", "confirmed", { share: 0.6, strength: 0.2 }),
    judged("small share", "confirmed", { share: 0.1, strength: 0.9 }),
    judged("leakage that moves nothing", "present", { distorts: true }),
    judged("there, certain", "present", { strength: 0.9 }),
    judged("more images", "confirmed", { share: 0.7, less: true }),
    judged("suspected", "suspected", { strength: 1 }),
    judged("more images, unresolved", "suspected", { less: true, strength: 0.3 }),
    judged("refuted", "refuted", { strength: 1 }),
    judged("cleared", "cleared", { strength: 0 }),
  ];
  expect(order.toReversed().sort(byImportance)).toEqual(order);
  expect([...order.slice(4), ...order.slice(0, 4)].sort(byImportance)).toEqual(order);
});
