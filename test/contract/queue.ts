/** What every queue must do. Messages may come more than once and in any order; none may be lost. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Queue, Received } from "../../src/pipeline/ports.ts";

const look = { max: 10, visibilitySeconds: 30, waitSeconds: 0 };

/** Receives until `wanted` messages came or `seconds` passed. */
async function receiveAll(queue: Queue, wanted: number, seconds = 10, visibilitySeconds = 30): Promise<Received[]> {
  const received: Received[] = [];
  const until = Date.now() + seconds * 1000;
  while (received.length < wanted && Date.now() < until) {
    received.push(...(await queue.receive({ max: 10, visibilitySeconds, waitSeconds: 1 })));
  }
  return received;
}

/** `open` gives an empty queue of 3 receives each time. */
export function queueContract(open: () => Promise<Queue>): void {
  test("hands out every message, and no more once they are acknowledged", async () => {
    const queue = await open();
    const sent = Array.from({ length: 25 }, (_, n) => JSON.stringify({ item: `item-${n}` }));
    await queue.send(sent);
    expect(await queue.depth()).toEqual({ ready: 25, inFlight: 0 });
    const received = await receiveAll(queue, 25);
    expect(received.map(({ body }) => body).sort()).toEqual([...sent].sort());
    expect(received.every(({ receives }) => receives === 1)).toBe(true);
    expect(await queue.depth()).toEqual({ ready: 0, inFlight: 25 });
    for (const { receipt } of received) await queue.acknowledge(receipt);
    expect(await queue.depth()).toEqual({ ready: 0, inFlight: 0 });
    expect(await queue.receive(look)).toEqual([]);
  });

  test("sends nothing when there is nothing to send", async () => {
    const queue = await open();
    await queue.send([]);
    expect(await queue.depth()).toEqual({ ready: 0, inFlight: 0 });
  });

  test("gives at most as many as asked for", async () => {
    const queue = await open();
    await queue.send(["a", "b", "c"]);
    expect(await queue.receive({ ...look, max: 2 })).toHaveLength(2);
  });

  test("waits for a message", async () => {
    const queue = await open();
    const waiting = queue.receive({ ...look, waitSeconds: 5 });
    await sleep(300);
    await queue.send(["late"]);
    expect((await waiting).map(({ body }) => body)).toEqual(["late"]);
  });

  test("stops waiting when it is told to", async () => {
    const queue = await open();
    const started = Date.now();
    const received = queue.receive({ ...look, waitSeconds: 10, signal: AbortSignal.timeout(200) });
    expect(await received.catch(() => [])).toEqual([]);
    expect(Date.now() - started).toBeLessThan(5000);
  });

  test("hides a message that was handed out, and hands it out again when the time is over", async () => {
    const queue = await open();
    await queue.send(["m"]);
    const [first] = await receiveAll(queue, 1, 10, 2);
    expect(await queue.receive(look)).toEqual([]);
    const [second] = await receiveAll(queue, 1);
    expect(second).toMatchObject({ body: "m", receives: 2 });
    await queue.acknowledge(first.receipt);
    await queue.acknowledge(second.receipt);
    expect(await queue.receive(look)).toEqual([]);
  });

  test("keeps a message hidden for as long as it is extended", async () => {
    const queue = await open();
    await queue.send(["m"]);
    const [{ receipt }] = await receiveAll(queue, 1, 10, 2);
    for (let n = 0; n < 3; n++) {
      await sleep(1000);
      expect(await queue.extend(receipt, 2)).toBe(true);
      expect(await queue.receive(look)).toEqual([]);
    }
    await queue.acknowledge(receipt);
    expect(await queue.extend(receipt, 2)).toBe(false);
  });

  test("hands out at once what was released, or after the delay", async () => {
    const queue = await open();
    await queue.send(["m"]);
    const [first] = await receiveAll(queue, 1);
    await queue.release(first.receipt);
    const [second] = await receiveAll(queue, 1);
    expect(second.receives).toBe(2);
    await queue.release(second.receipt, 2);
    expect(await queue.receive(look)).toEqual([]);
    expect((await receiveAll(queue, 1))[0].receives).toBe(3);
  });

  test("puts a message that was never acknowledged among the dead letters", async () => {
    const queue = await open();
    await queue.send(["poison"]);
    for (let n = 1; n <= queue.maxReceives; n++) {
      const [{ receipt, receives }] = await receiveAll(queue, 1);
      expect(receives).toBe(n);
      await queue.release(receipt);
    }
    expect(await receiveAll(queue, 1, 2)).toEqual([]);
    const [letter] = await receiveAll(queue.dead!, 1);
    expect(letter.body).toBe("poison");
    await queue.dead!.acknowledge(letter.receipt);
    expect(await queue.dead!.depth()).toEqual({ ready: 0, inFlight: 0 });
  });

  test("gives each message to one of many receivers", async () => {
    const queue = await open();
    const sent = Array.from({ length: 60 }, (_, n) => `m${n}`);
    await queue.send(sent);
    const receivers = Array.from({ length: 6 }, async () => {
      const bodies: string[] = [];
      for (;;) {
        const some = await queue.receive({ max: 3, visibilitySeconds: 60, waitSeconds: 1 });
        if (some.length === 0) return bodies;
        for (const { body, receipt } of some) {
          bodies.push(body);
          await queue.acknowledge(receipt);
        }
      }
    });
    const bodies = (await Promise.all(receivers)).flat();
    expect(bodies.sort()).toEqual(sent.sort());
  });
}
