/**
 * A queue in a folder, in the manner of Maildir: a message is a file, taking it is a rename, which one process wins.
 *
 *     ready/<id>.<receives>              waiting
 *     taken/<id>.<receives>~<owner>      handed out, until the file's modification time, or until its owner is dead
 *     dead/                              a queue of the same shape
 *
 * A message that a power cut loses is sent again by the sweeper, so nothing is synced to disk here.
 */
import { mkdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Queue, Received } from "../../pipeline/ports.ts";
import { codeOf, explained, names, temporaryName, writeAtomically } from "./atomic.ts";
import { isAlive, ownIdentity } from "./processes.ts";

/** Between two looks into the folder while waiting for a message, in milliseconds. */
const POLL_MS = 100;
/** Every so many looks, lapsed messages are handed back. */
const POLLS_A_REAP = 5;
/** Owner of a message that was given back with a delay. */
const NOBODY = "nobody";

export interface QueueOptions {
  /** Deliveries before a message is a dead letter. Default 3. */
  maxReceives?: number;
  clock?: Clock;
}

export function openQueue(folder: string, { maxReceives = 3, clock = { now: Date.now } }: QueueOptions = {}): Queue {
  return folderQueue(folder, clock, maxReceives, folderQueue(join(folder, "dead"), clock, Number.POSITIVE_INFINITY));
}

function folderQueue(folder: string, clock: Clock, maxReceives: number, dead?: Queue): Queue {
  const ready = join(folder, "ready");
  const taken = join(folder, "taken");
  const temporary = join(folder, "tmp");

  const back = (name: string) => {
    const [id, receives] = name.split("~")[0].split(".");
    const exhausted = dead !== undefined && Number(receives) >= maxReceives;
    return exhausted ? join(folder, "dead", "ready", `${id}.0`) : join(ready, `${id}.${receives}`);
  };

  const putBack = async (name: string) => {
    await moved(join(taken, name), back(name));
  };

  /** Hands back what lapsed: its time is over, or the process that took it is gone. */
  const reap = async () => {
    for (const name of await names(taken)) {
      const owner = name.split("~")[1];
      const orphaned = owner !== NOBODY && !isAlive(owner);
      if (orphaned || (await visibleFrom(join(taken, name))) <= clock.now()) await putBack(name);
    }
  };

  const take = async (name: string, visibilitySeconds: number): Promise<Received | undefined> => {
    const [id, receives] = name.split(".");
    const receipt = `${id}.${Number(receives) + 1}~${ownIdentity()}`;
    // The time first, then the rename: a message is never seen taken without it.
    if (!(await timed(join(ready, name), clock.now() + visibilitySeconds * 1000))) return undefined;
    if (!(await moved(join(ready, name), join(taken, receipt)))) return undefined;
    const body = await readFile(join(taken, receipt), "utf8");
    return { body, receipt, receives: Number(receives) + 1 };
  };

  return {
    maxReceives,
    dead,
    send: async (bodies) => {
      for (const body of bodies) {
        const id = `${clock.now().toString(36).padStart(9, "0")}-${temporaryName().replace("~", "-")}`;
        await writeAtomically(join(ready, `${id}.0`), body, { temporary, durable: false });
      }
    },
    receive: async ({ max, visibilitySeconds, waitSeconds, signal }) => {
      const until = clock.now() + waitSeconds * 1000;
      const received: Received[] = [];
      for (let look = 0; ; look++) {
        if (look % POLLS_A_REAP === 0) await reap();
        for (const name of (await names(ready)).sort()) {
          if (received.length >= max || signal?.aborted) break;
          const message = await take(name, visibilitySeconds);
          if (message) received.push(message);
        }
        if (received.length > 0 || signal?.aborted || clock.now() >= until) return received;
        await sleep(Math.min(POLL_MS, Math.max(1, until - clock.now())), undefined, { signal }).catch(() => {});
      }
    },
    extend: (receipt, visibilitySeconds) =>
      timed(join(taken, basename(receipt)), clock.now() + visibilitySeconds * 1000),
    acknowledge: (receipt) => rm(join(taken, basename(receipt)), { force: true }),
    release: async (receipt, delaySeconds = 0) => {
      const name = basename(receipt);
      if (delaySeconds <= 0) return putBack(name);
      const delayed = `${name.split("~")[0]}~${NOBODY}`;
      if (await timed(join(taken, name), clock.now() + delaySeconds * 1000)) {
        await moved(join(taken, name), join(taken, delayed));
      }
    },
    depth: async () => ({ ready: (await names(ready)).length, inFlight: (await names(taken)).length }),
  };

  async function moved(from: string, to: string): Promise<boolean> {
    try {
      await rename(from, to);
      return true;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw explained(error, folder);
      return retriedWithFolder(from, to);
    }
  }
}

/** A rename says ENOENT for a source that someone else took and for a target's folder that is not there yet. */
async function retriedWithFolder(from: string, to: string): Promise<boolean> {
  await mkdir(join(to, ".."), { recursive: true });
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Sets when the message is visible again. False where it is gone. */
async function timed(path: string, visibleAt: number): Promise<boolean> {
  try {
    await utimes(path, visibleAt / 1000, visibleAt / 1000);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

async function visibleFrom(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return Number.POSITIVE_INFINITY;
    throw error;
  }
}
