import { openEngine } from "../../src/engine/open.ts";
import { epochsTimes, rowsOf, withHidden } from "./alter.ts";
import { drawDataset, keptPool } from "./draw.ts";
import { errorRate } from "./measure.ts";
import type { Options } from "./options.ts";
import { baseOf, plant } from "./plan.ts";
import type { Case, Part, Setting } from "./types.ts";

/**
 * What each case's faults cost: the check error of the clean setting and of the planted one, one training run each. A fault that
 * costs nothing can be present, but no experiment can confirm it; a decoy that costs much is none. Of a clean case, what training twice
 * as long and twice the width would change: a recipe that these mend much is not sound, and an audit says so rightly.
 */
export async function printCosts(
  cases: Case[],
  { engine, scale, pools }: Pick<Options, "engine" | "scale"> & { pools: string },
): Promise<void> {
  const opened = await openEngine(engine);
  const error = ({ data, recipe }: Setting, seed: number) => {
    const rows = rowsOf(data, "train");
    return errorRate(opened, data, { rows, recipe, says: [] }, rowsOf(data, "check"), rows.length, seed);
  };
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`.padStart(7);
  for (const planted of cases) {
    const base = baseOf(planted);
    const sizes = Object.fromEntries(
      Object.entries(base.sizes).map(([part, size]) => [part, Math.round(scale * size)]),
    ) as Record<Part, number>;
    const data = drawDataset(await keptPool(base, planted.set, pools), sizes, planted.seed);
    const clean = { data, recipe: base.recipe(planted.set) };
    const begun = performance.now();
    const before = await error(clean, planted.seed);
    const seconds = (performance.now() - begun) / 1000;
    const others = planted.kind === "clean" ? [epochsTimes(clean, 2), twiceAsWide(clean)] : [plant(clean, planted)];
    const after: number[] = [];
    for (const other of others) after.push(await error(other, planted.seed));
    process.stdout.write(
      `${percent(before)} -> ${after.map(percent).join(",")}  ${planted.kind.padEnd(5)} ${planted.id} (${seconds.toFixed(1)} s a clean run)\n`,
    );
  }
}

const twiceAsWide = ({ data, recipe }: Setting): Setting => ({
  data,
  recipe: withHidden(recipe, ({ filters, units }) =>
    filters === undefined ? { units: 2 * Number(units) } : { filters: 2 * Number(filters) },
  ),
});
