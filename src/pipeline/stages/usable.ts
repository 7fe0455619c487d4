import { assertMostlyUsable } from "../../dataset/ingest.ts";
import type { PackRow } from "../../dataset/pack.ts";
import type { Rejected, Split, Task } from "../../dataset/types.ts";
import { InputError } from "../../errors.ts";

/** Images of a class without which it can be either trained on or tested, not both. */
const LEAST = 2;

/**
 * What is left once images that cannot be used are passed over must still make an audit.
 *
 * @throws InputError where most images cannot be used, a class has fewer than two left, or there is nothing to test or train on
 */
export function assertUsable(
  dataset: string,
  { classes, recipe, task }: { classes: string[]; recipe?: unknown; task?: Task },
  {
    usable,
    rows,
    rejected,
  }: {
    /** Images of the whole dataset that can be used. */
    usable: number;
    /** Those of the audit set. */
    rows: readonly Pick<PackRow, "label" | "split">[];
    rejected: Rejected[];
  },
): void {
  assertMostlyUsable(dataset, usable + rejected.length, rejected);
  const passedOver = rejected.length === 0 ? "" : ` (${rejected.length} passed over, first ${rejected[0].file})`;
  const counts = new Int32Array(classes.length);
  for (const { label } of rows) counts[label]++;
  // Of masks a class may be in many without being what any of them shows most.
  const small = task === "segmentation" ? [] : classes.filter((_, k) => counts[k] < LEAST);
  if (small.length > 0)
    throw new InputError({
      file: dataset,
      field: "classes",
      problem: `Fewer than two images of ${small.slice(0, 10).join(", ")} can be used${passedOver}.`,
      remedy: "Repair or add images of the class, or leave it out.",
    });
  const needed: Split[] = recipe ? ["train", "test"] : ["test"];
  for (const split of needed)
    if (!rows.some((row) => row.split === split))
      throw new InputError({
        file: dataset,
        field: "split",
        problem: `No image to ${split} on can be used${passedOver}.`,
        remedy: `Repair or add images of the split ${split}, or let the splits be made: one folder a class, without split folders.`,
      });
}
