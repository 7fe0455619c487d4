/**
 * What the pipeline needs of the place it runs in: one machine, or a team's cloud account. An adapter implements these and
 * passes `test/contract`. Times are milliseconds since the epoch unless a name says seconds.
 */
import type { Files } from "../dataset/types.ts";
import type { Failure } from "./failure.ts";

/** Objects by key. Keys are relative, with forward slashes (see `assertKey`). Writes are atomic: no reader sees half an object. */
export interface ObjectStore extends Files {
  /** Writes or replaces. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Writes where there is nothing yet. True for exactly one of any number of callers; false where the key is taken. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean>;
  exists(key: string): Promise<boolean>;
  /** Deletes; no error where there is nothing. */
  delete(key: string): Promise<void>;
}

/** A message as handed out: `receipt` belongs to this delivery, `receives` counts deliveries, this one included. */
export interface Received {
  body: string;
  receipt: string;
  receives: number;
}

/** Messages, at least once and in no order. Bodies hold ids and keys only, never payloads. */
export interface Queue {
  /** Deliveries after which a message that was not acknowledged goes to `dead`. */
  readonly maxReceives: number;
  /** Where messages go that were never acknowledged. Absent on a queue of dead letters. */
  readonly dead?: Queue;
  send(bodies: readonly string[]): Promise<void>;
  /** Up to `max` (1 to 10) messages, hidden from others for `visibilitySeconds`; none when `waitSeconds` pass without one. */
  receive(options: {
    max: number;
    visibilitySeconds: number;
    waitSeconds: number;
    signal?: AbortSignal;
  }): Promise<Received[]>;
  /** Hides the message for that long from now. False where the delivery has lapsed: another one may be under way. */
  extend(receipt: string, visibilitySeconds: number): Promise<boolean>;
  /** The message is dealt with. No error where the delivery has lapsed. */
  acknowledge(receipt: string): Promise<void>;
  /** Gives the message back, to be handed out again after `delaySeconds` (default 0). */
  release(receipt: string, delaySeconds?: number): Promise<void>;
  /** Messages waiting and handed out. Approximate where several processes are at work. */
  depth(): Promise<{ ready: number; inFlight: number }>;
}

export interface RoundName {
  stage: string;
  round: number;
}

/** Where a run stands. Steps are numbered from 0; step 0 is `opened`, the last one `finished` or `failed`. */
export interface Step extends RoundName {
  number: number;
  kind: "opened" | "round" | "finished" | "failed";
  /** Items planned. */
  total: number;
  openedAt: number;
  /** All messages were sent (of a round), the result was announced (of the end). */
  dispatched: boolean;
  /** The end in one sentence. */
  says?: string;
  /** Why, where the end is `failed`. */
  failure?: Failure;
}

export interface Deadlines {
  /** From then on nothing but the report is made, of what there is. */
  deadline: number;
  /** From then on the run counts as failed. */
  finalDeadline: number;
}

export interface RunState extends Deadlines {
  run: string;
  openedAt: number;
  step: Step;
}

export interface Counts {
  total: number;
  done: number;
  failed: number;
  /** When the last item was recorded. */
  lastAt?: number;
}

export type Outcome = { status: "done" } | { status: "failed"; failure: Failure };

/** The ends a run can come to. */
export interface Ending {
  kind: "finished" | "failed";
  says: string;
  failure?: Failure;
}

/** What has happened to a run: counted exactly, moved on by exactly one caller. Reads see all writes that were answered before. */
export interface Ledger {
  /** Opens the run at step 0. False where it is open already. */
  open(run: string, deadlines: Deadlines): Promise<boolean>;
  state(run: string): Promise<RunState | undefined>;
  /** Runs that are not finished, or whose end is not announced. */
  unfinishedRuns(): AsyncIterable<string>;
  /** From step `from` to a round of `items`. True for exactly one of any number of callers. */
  advance(run: string, from: number, to: RoundName & { items: readonly string[] }): Promise<boolean>;
  /** From step `from` to the end. True for exactly one of any number of callers, `advance` included. */
  finish(run: string, from: number, ending: Ending): Promise<boolean>;
  /** The messages of step `number` are sent (the end: announced). May be called again. */
  dispatched(run: string, number: number): Promise<void>;
  /**
   * Records an item once: `counted` is false where it was recorded before, whatever the outcome then. `won` is true for exactly
   * one call of a round: the one that completed it.
   */
  record(run: string, round: RoundName, item: string, outcome: Outcome): Promise<{ counted: boolean; won: boolean }>;
  /** Whether the item is recorded, done or failed. */
  recorded(run: string, round: RoundName, item: string): Promise<boolean>;
  counts(run: string, round: RoundName): Promise<Counts>;
  /** Every recorded item of a round. */
  outcomes(run: string, round: RoundName): Promise<Map<string, Outcome>>;
  /** New deadlines, for a run that was interrupted. */
  postpone(run: string, deadlines: Deadlines): Promise<void>;
}

export interface Clock {
  now(): number;
}

/** Tells whoever asked how a run ended, in one sentence. May happen twice. */
export interface Notifier {
  publish(event: { run: string; kind: "finished" | "failed"; says: string }): Promise<void>;
}

export interface Ports {
  store: ObjectStore;
  /** The queue of a stage. Several stages may share one. */
  queue(stage: string): Queue;
  ledger: Ledger;
  notifier: Notifier;
  clock: Clock;
  /** The user's dataset at a location as the request names it: a folder on this machine, a prefix of the team's bucket. */
  dataset(location: string): Files;
}
