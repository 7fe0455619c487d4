/** Several processes race for real: each thing that can be won is won once. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Race, Racetrack, Winnings } from "./racer.ts";

const RACER = fileURLToPath(new URL("./racer.ts", import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const run = promisify(execFile);

async function startRacer(race: Race): Promise<Winnings> {
  const { stdout } = await run(process.execPath, ["--import", LOADER, RACER, JSON.stringify(race)]);
  return JSON.parse(stdout);
}

/** `module` exports `open(place)`; `place` gives a new place of empty ports. */
export function raceContract(module: URL, place: () => Promise<unknown>): void {
  test("four processes that race share out every win exactly", async () => {
    const at = await place();
    const { queue, ledger }: Racetrack = await (await import(module.href)).open(at);
    const items = Array.from({ length: 50 }, (_, n) => `item-${n}`);
    const name = `race-${process.pid}`;
    await ledger.open(name, { deadline: 5e12, finalDeadline: 6e12 });
    await ledger.advance(name, 0, { stage: "first", round: 0, items });
    await queue.send(items);

    const seeds = [0, 1, 2, 3];
    const race = { module: module.href, place: at, run: name, items };
    const winnings = await Promise.all(seeds.map((seed) => startRacer({ ...race, seed })));

    const sum = (what: "stored" | "counted" | "won" | "advanced") =>
      winnings.reduce((total, one) => total + one[what], 0);
    expect({ stored: sum("stored"), counted: sum("counted"), won: sum("won"), advanced: sum("advanced") }).toEqual({
      stored: 50,
      counted: 50,
      won: 1,
      advanced: 1,
    });
    expect(winnings.flatMap(({ received }) => received).sort()).toEqual([...items].sort());
    expect(await ledger.counts(name, { stage: "first", round: 0 })).toMatchObject({ total: 50, done: 50, failed: 0 });
    expect((await ledger.state(name))!.step).toMatchObject({ number: 2, stage: "second" });
  });
}
