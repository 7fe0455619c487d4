import { mean } from "./fit.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared } from "./types.ts";
import type { DuplicatePair, View } from "./view.ts";

/**
 * Test images that training has seen. No retraining shows it: the proof is the metric without them, and here the
 * bytes themselves. Exact copies are beyond doubt; near ones are listed for a person to judge.
 */
export const leakage: Cause = {
  id: "leakage",
  family: "data-quality",
  tier: "data",
  masks: true,
  distortsMeasure: true,
  table: "duplicates",

  screen(view) {
    const across = view.duplicates.filter(({ a, b }) => view.samples.splits[a] !== view.samples.splits[b]);
    const exact = across.filter(({ kind }) => kind === "exact");
    const repeated = pictures(view.duplicates.filter(({ kind }) => kind === "exact"));
    const leaked = leakedTestRows(view);
    const withAll = 1 - mean(view.testErrors);
    const kept = [...view.test.keys()].filter((i) => !leaked.has(view.test[i]));
    const without = 1 - mean(kept.map((i) => view.testErrors[i]));
    const evidence = [
      {
        measure: "duplicates across splits",
        value: across.length,
        reference: 0,
        says: `${many(repeated, "picture")} ${repeated === 1 ? "is" : "are"} there more than once, exactly; ${pictures(exact)} of them in several splits. Nearly the same: ${many(view.duplicates.length - view.duplicates.filter(({ kind }) => kind === "exact").length, "pair")}, ${across.length - exact.length} across splits.`,
      },
      {
        measure: "accuracy without the leaked test images",
        value: without,
        reference: withAll,
        says: `Test accuracy is ${percent(withAll, 2)} with and ${percent(without, 2)} without the ${many(leaked.size, "test image")} that training or validation also holds.`,
      },
    ];
    if (across.length === 0) return cleared("No picture lies in two splits.", evidence);
    return {
      standing: "suspected",
      strength: Math.min(1, leaked.size / Math.max(1, view.test.length) + 0.1),
      says: `${many(leaked.size, "test image")} (${percent(leaked.size / Math.max(1, view.test.length))}) also ${leaked.size === 1 ? "lies" : "lie"} in training or validation.`,
      evidence,
      rows: Int32Array.from(leaked),
      proven: exact.length > 0,
    };
  },

  remedy(view) {
    const files = [...leakedTestRows(view)].map((row) => view.samples.files[row]);
    return files.length === 0
      ? { says: "Nothing to do." }
      : {
          says: `Take the ${many(files.length, "listed file")} out of the test split, or keep all copies of a picture in one split.`,
          files: files.slice(0, 1000),
        };
  },
};

/** Exact copies come as pairs with the first of them: as many pictures as there are first ones. */
const pictures = (pairs: DuplicatePair[]): number => new Set(pairs.map(({ a }) => a)).size;

/** Test rows that show the same picture as a row of another split. */
export function leakedTestRows(view: Pick<View, "duplicates" | "samples">): Set<number> {
  const { splits } = view.samples;
  const rows = new Set<number>();
  for (const { a, b } of view.duplicates) {
    if (splits[a] === "test" && splits[b] !== "test") rows.add(a);
    if (splits[b] === "test" && splits[a] !== "test") rows.add(b);
  }
  return rows;
}
