/**
 * What a run costs the pipeline itself does not grow with its size, item by item. Memory does, with the number of images, since
 * splits and duplicates are found over all of them: it is measured and bounded here. Printed as a table: `npm run scale`.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { STAGE_FUNCTIONS } from "../../src/platform/aws/function-sizes.ts";
import { type Simulated, simulateRun } from "./simulate.ts";

const run = promisify(execFile);
const SIZES = [10_000, 100_000, 1_000_000];
const EXPERIMENTS = 500;
const PER_ITEM = ["messages", "ledger writes", "ledger reads", "store"];
const lines: string[][] = [];
const note = (...cells: (string | number)[]) => lines.push(cells.map(String));

afterAll(() => {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  console.log(
    lines
      .map((cells) => cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]))).join("  "))
      .join("\n"),
  );
});

/** Calls an item of a stage, rounds' own included. */
const perItem = ({ counts, items }: Simulated, stage: string, what: string) =>
  (counts[`${stage} ${what}`] ?? 0) / items[stage];

it(`${SIZES.at(-1)} images, ${EXPERIMENTS} experiments`, { timeout: 600_000 }, async () => {
  const all: Simulated[] = [];
  for (const images of SIZES) all.push(await simulateRun(images, EXPERIMENTS));
  note("images", ...SIZES.map((images) => images.toLocaleString("en")));
  note("shards", ...all.map(({ shards }) => shards.toLocaleString("en")));
  note("seconds, work left out", ...all.map(({ seconds }) => seconds.toFixed(1)));
  for (const { kind, shards, items } of all) {
    expect(kind).toBe("finished");
    expect(items).toEqual({
      intake: 1,
      ingest: shards,
      train: 10,
      infer: shards,
      screen: 1,
      experiment: EXPERIMENTS,
      report: 1,
    });
  }
  const messages = all.map(({ counts }) =>
    Object.entries(counts).reduce((sum, [name, n]) => sum + (name.endsWith("messages") ? n : 0), 0),
  );
  note("messages", ...messages.map((n) => n.toLocaleString("en")));
  // One message an item: nothing is sent twice.
  expect(messages).toEqual(all.map(({ items }) => Object.values(items).reduce((sum, n) => sum + n, 0)));
  for (const stage of ["ingest", "infer", "experiment"])
    for (const what of PER_ITEM.slice(1)) {
      const each = all.map((simulated) => perItem(simulated, stage, what));
      note(`${stage}: ${what} an item`, ...each.map((value) => value.toFixed(2)));
      // A round's own calls are shared by ever more items: it may shrink, not grow.
      expect(each.at(-1)!, `${stage} ${what}`).toBeLessThanOrEqual(each[0] * 1.01);
    }
  const last = all.at(-1)!;
  expect(perItem(last, "ingest", "ledger writes")).toBeLessThan(1.05);
});

/** Most bytes that an image may cost in memory. `collect` is how screening, experiments and the report hold a dataset. */
const MEMORY = [
  { what: "intake", sizes: SIZES, mostBytes: 1_500, fits: STAGE_FUNCTIONS.intake.memoryMiB * 1024 ** 2 },
  { what: "collect", sizes: [10_000, 50_000, 200_000], mostBytes: 8_000 },
];

it.each(MEMORY)("$what holds no more an image, however many there are", { timeout: 600_000 }, async (stage) => {
  const { what, sizes, mostBytes, fits = Number.POSITIVE_INFINITY } = stage;
  const script = fileURLToPath(new URL("memory-of.ts", import.meta.url));
  const measured: { seconds: number; peakBytes: number }[] = [];
  for (const images of sizes) {
    const args = ["--import", "tsx", "--max-old-space-size=12000", script, what, String(images)];
    measured.push(JSON.parse((await run(process.execPath, args)).stdout));
  }
  const [small, , large] = measured;
  const bytesAnImage = (large.peakBytes - small.peakBytes) / (sizes[2] - sizes[0]);
  note(`${what}: images`, ...sizes.map((images) => images.toLocaleString("en")));
  note(`${what}: seconds`, ...measured.map(({ seconds }) => seconds.toFixed(1)));
  note(`${what}: most MB held`, ...measured.map(({ peakBytes }) => (peakBytes / 1e6).toFixed(0)));
  note(`${what}: bytes an image more`, "", "", bytesAnImage.toFixed(0));
  expect(large.peakBytes).toBeLessThan(fits);
  expect(bytesAnImage).toBeLessThan(mostBytes);
});
