import { rowsOf, someOfEach, withHidden, without, withoutDropout } from "../alter.ts";
import type { Fault } from "../types.ts";

/** A network many times too wide without dropout, trained long on a third of the images. */
export const overfitWide: Fault = {
  id: "overfit-wide",
  cause: "overfit",
  accepted: ["regularization", "insufficient-data"],
  family: "capacity",
  says: "memorising is mended by a smaller network, by holding it back, or by more images (METHOD: not told apart by gain)",
  strengths: { tune: [3, 2], final: [2.5, 3.5] },
  bases: ["mnist", "cifar10"],
  plant({ data, recipe }, strength, chance) {
    const kept = new Set(someOfEach(data, 0.3, chance, "train"));
    const few = without(
      data,
      rowsOf(data, "train").filter((row) => !kept.has(row)),
    );
    const wide = withHidden(withoutDropout(recipe), ({ filters, units }) =>
      filters === undefined
        ? { units: Math.round(Number(units) * 2 * Number(strength)) }
        : { filters: Math.round(Number(filters) * Number(strength)) },
    );
    return { data: few, recipe: { ...wide, fit: { ...wide.fit, epochs: Math.round(1.5 * wide.fit.epochs) } } };
  },
};
