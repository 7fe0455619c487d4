/** A dataset of any size is listed in blocks: what comes out must not show where one ended. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { assemble } from "../../src/dataset/assemble.ts";
import { auditSet } from "../../src/dataset/audit-set.ts";
import type { ListedRow, Settle } from "../../src/dataset/format.ts";
import type { DatasetRequest, Sample, Split } from "../../src/dataset/types.ts";

const rows = fc
  .array(
    fc.record({ label: fc.constantFrom("a", "b", "c"), split: fc.constantFrom<Split>("train", "validation", "test") }),
    { minLength: 6, maxLength: 60 },
  )
  .map((drawn) => [...["a", "b", "c", "a", "b", "c"].map((label) => ({ label, split: "train" as Split })), ...drawn]);

async function listed(found: ListedRow[], block: number, more: Partial<DatasetRequest> = {}) {
  const samples: Sample[] = [];
  const waiting = new Map<number, ListedRow[]>();
  let most = 0;
  async function* source(): AsyncGenerator<ListedRow, Settle> {
    yield* found;
    return (row) => ({ ...row, group: row.group && `${row.group}!` });
  }
  const listing = await assemble(
    "csv",
    source(),
    { path: "m.csv", seed: 7, ...more },
    {
      block,
      spool: {
        put: async (n, rows) => void waiting.set(n, structuredClone(rows)),
        get: async (n) => structuredClone(waiting.get(n)!),
        delete: async (n) => void waiting.delete(n),
      },
      take: async (part, from) => {
        expect(from).toBe(samples.length);
        most = Math.max(most, part.length);
        samples.push(...part);
      },
    },
  );
  expect(waiting.size).toBe(0);
  expect(most).toBeLessThanOrEqual(block);
  return { listing, samples };
}

it("gives the same samples in blocks as at once, where the splits are given", async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 70 }), async (drawn, block) => {
      const found = drawn.map((row, i) => ({ ...row, file: `${i}.png`, group: i % 2 ? `g${i % 5}` : undefined }));
      expect(await listed(found, block)).toEqual(await listed(found, 1000));
    }),
  );
});

it("deals each class by the fractions and never divides a group, whatever the blocks", async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 70 }), fc.boolean(), async (drawn, block, grouped) => {
      const found = drawn.map(({ label }, i) => ({
        label,
        file: `${i}.png`,
        ...(grouped && { group: `${label}${i % 9}` }),
      }));
      const { samples, listing } = await listed(found, block);
      expect(listing.splits).toBe("made");
      const of = new Map<string, Split>();
      for (const { group, split } of samples)
        if (group) {
          expect(of.get(group) ?? split).toBe(split);
          of.set(group, split);
        }
      for (const label of [0, 1, 2]) {
        const mine = samples.filter((sample) => sample.label === label);
        const test = mine.filter(({ split }) => split === "test").length;
        if (!grouped) expect(Math.abs(test - 0.2 * mine.length)).toBeLessThanOrEqual(1);
        expect(mine.filter(({ split }) => split === "train").length).toBeGreaterThan(0);
      }
    }),
  );
});

it("chooses the audit set at random within each class, and spares rare ones", async () => {
  const counts = [90_000, 9_000, 150];
  const found = counts.flatMap((count, k) =>
    Array.from({ length: count }, (_, i): ListedRow => ({ label: "abc"[k], file: `${k}/${i}.png` })),
  );
  const { samples, listing } = await listed(found, 10_000, { limit: 20_000 });
  const chosen = samples.filter(({ beyond }) => !beyond);
  expect(chosen.length).toBe(listing.audited);
  const share = (label: number) => chosen.filter((sample) => sample.label === label).length / counts[label];
  expect(share(0)).toBeCloseTo(0.2, 1);
  expect(share(1)).toBeCloseTo(0.2, 1);
  expect(share(2)).toBe(1);
  const tested = chosen.filter(({ split }) => split === "test").length / chosen.length;
  expect(tested).toBeCloseTo(0.2, 1);
});

it("audits all of a dataset that is not too large", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), fc.nat(), (counts, seed) => {
      const chosen = auditSet(Int32Array.from(counts), seed);
      for (const label of counts.keys()) expect(chosen(label)).toBe(true);
    }),
  );
});
