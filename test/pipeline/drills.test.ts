/** Fault drills over the ports in memory and on this machine: see `drill.ts` for what must hold. `test/cloud` has those on AWS. */
import { join } from "node:path";
import { afterAll, test } from "vitest";
import { openLocal } from "../../src/platform/local/open.ts";
import { temporaryFolder } from "../support/data.ts";
import { assertAllStruck, drill, tally } from "./drill.ts";
import { makeWorld, type World } from "./memory.ts";
import type { Struck } from "./simulate.ts";

const SEEDS = 100;
const LOCAL_SEEDS = 5;
const MAX_RECEIVES = 25;
/** Files are slow: milder, so that fewer tries are enough. */
const LOCAL_RECEIVES = 8;
const MINUTE = 60_000;
const FAULTS = { before: 0.03, after: 0.03, death: 0.03, twice: 0.2, late: 0.2, midWork: 0.1, skewMs: 2 * MINUTE };
const MILD = { ...FAULTS, before: 0.01, after: 0.01, death: 0.01 };
const folder = temporaryFolder();
afterAll(folder.remove);

test(`${SEEDS} seeds in memory`, { timeout: 5 * MINUTE }, async () => {
  const struck: Struck[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    let now = 1_700_000_000_000;
    const world = makeWorld({ now: () => now }, MAX_RECEIVES);
    const tick = () => void (now += 40_000);
    struck.push(await drill(world, seed, { faults: FAULTS, rounds: 2, maxReceives: MAX_RECEIVES, tick }));
  }
  const { total, line } = tally(struck);
  console.log(`in memory, ${line}`);
  assertAllStruck(total);
});

test(`${LOCAL_SEEDS} seeds on this machine's files`, { timeout: 5 * MINUTE }, async () => {
  const struck: Struck[] = [];
  for (let seed = 1; seed <= LOCAL_SEEDS; seed++) {
    let now = Date.now();
    const published: string[] = [];
    const notifier: World["notifier"] = {
      publish: async ({ run, kind, says }) => void published.push(`${run} ${kind}: ${says}`),
    };
    const options = { folder: join(folder.path, String(seed)), run: `seed-${seed}`, maxReceives: LOCAL_RECEIVES };
    const seenBy: World["seenBy"] = (clock) => ({ ...openLocal({ ...options, clock }), notifier });
    const clock = { now: () => now };
    const world: World = { ...seenBy(clock), published, steps: new Map(), seenBy };
    const tick = () => void (now += 40_000);
    struck.push(await drill(world, seed, { faults: MILD, rounds: 1, maxReceives: LOCAL_RECEIVES, tick }));
  }
  const { total, line } = tally(struck);
  console.log(`on files, ${line}`);
  assertAllStruck(total);
});
