/**
 * What a run costs the pipeline itself does not grow with its size, item by item, nor does the memory of the stages that see the whole
 * dataset. Printed as a table: `npm run scale`.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { STAGE_FUNCTIONS } from "../../src/platform/aws/function-sizes.ts";
import { temporaryFolder } from "../support/data.ts";
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

/** From the first size on a dataset is larger than its audit set, and memory stays where it is. */
const LARGE = [125_000, 1_000_000];
const FLAT = 1.2;
/** Mebibytes of heap that each stage gets, whatever the size: what is no longer held does not count only because nobody collected it. */
const HEAPS = { intake: 128, packs: 256, screen: 384, report: 512 };
const STAGES = ["intake", "screen", "report"];

it("memory of intake, screening and report is flat", { timeout: 1_200_000 }, async () => {
  const script = fileURLToPath(new URL("memory-of.ts", import.meta.url));
  const measured = new Map<string, { seconds: number; peakBytes: number }[]>();
  for (const images of LARGE) {
    const folder = temporaryFolder();
    try {
      for (const [what, heap] of Object.entries(HEAPS)) {
        const args = [`--max-old-space-size=${heap}`, "--import", "tsx", script, what, folder.path, String(images)];
        const { stdout } = await run(process.execPath, args);
        measured.set(what, [...(measured.get(what) ?? []), JSON.parse(stdout)]);
      }
    } finally {
      folder.remove();
    }
  }
  note("");
  note("images", ...LARGE.map((images) => images.toLocaleString("en")));
  for (const what of STAGES) {
    const [small, large] = measured.get(what)!;
    note(`${what}: seconds`, small.seconds.toFixed(1), large.seconds.toFixed(1));
    note(`${what}: most MB held`, (small.peakBytes / 1e6).toFixed(0), (large.peakBytes / 1e6).toFixed(0));
    expect(large.peakBytes / small.peakBytes, what).toBeLessThan(FLAT);
    const size = STAGE_FUNCTIONS[what as keyof typeof STAGE_FUNCTIONS];
    if (size) expect(large.peakBytes, what).toBeLessThan(size.memoryMiB * 1024 ** 2);
  }
});
