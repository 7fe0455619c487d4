/** One of several processes that race on the same store, queue and ledger. Says on stdout what it won. */
import type { Ledger, ObjectStore, Queue } from "../../src/pipeline/ports.ts";

export interface Race {
  /** URL of a module that exports `open(place): Promise<Racetrack>`. */
  module: string;
  place: unknown;
  run: string;
  items: string[];
  seed: number;
}

export interface Racetrack {
  store: ObjectStore;
  queue: Queue;
  ledger: Ledger;
}

export interface Winnings {
  stored: number;
  counted: number;
  won: number;
  advanced: number;
  received: string[];
}

async function race({ module, place, run, items, seed }: Race): Promise<Winnings> {
  const { store, queue, ledger }: Racetrack = await (await import(module)).open(place);
  const round = { stage: "first", round: 0 };
  const winnings: Winnings = { stored: 0, counted: 0, won: 0, advanced: 0, received: [] };
  // Every racer goes through all the items, each beginning elsewhere.
  for (let n = 0; n < items.length; n++) {
    const item = items[(n * 7 + seed * 13) % items.length];
    if (await store.putIfAbsent(`race/${item}`, new TextEncoder().encode(String(seed)))) winnings.stored++;
    const { counted, won } = await ledger.record(run, round, item, { status: "done" });
    winnings.counted += Number(counted);
    winnings.won += Number(won);
  }
  if (await ledger.advance(run, 1, { stage: "second", round: 0, items })) winnings.advanced++;
  for (;;) {
    const messages = await queue.receive({ max: 2, visibilitySeconds: 60, waitSeconds: 1 });
    if (messages.length === 0) return winnings;
    for (const { body, receipt } of messages) {
      winnings.received.push(body);
      await queue.acknowledge(receipt);
    }
  }
}

console.log(JSON.stringify(await race(JSON.parse(process.argv[2]))));
