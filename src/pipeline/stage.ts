/** What a stage is. One mechanism (`advance.ts`) queues, retries and counts the items of all of them. */
import type { Files } from "../dataset/types.ts";
import type { Clock, ObjectStore, Outcome } from "./ports.ts";
import { type StageFacts, type StageName, stageFacts } from "./stage-list.ts";

/** One piece of work: small JSON. `id` is unique within its round: letters, digits, `.`, `_`, `-`, at most 100 characters. */
export interface WorkItem {
  id: string;
  [detail: string]: unknown;
}

/** What became of a round: items without an outcome are missing (the deadline passed, or they are under way). */
export interface RoundHistory {
  stage: string;
  round: number;
  items: WorkItem[];
  outcomes: Map<string, Outcome>;
}

export interface StageContext {
  run: string;
  /** What the run was started with: JSON, validated by the stages themselves. */
  request: unknown;
  stage: string;
  round: number;
  store: ObjectStore;
  clock: Clock;
  /** The user's files at a location as the request names it. */
  dataset(location: string): Files;
  /** All rounds planned so far, in the order of stages and rounds. */
  history(): Promise<RoundHistory[]>;
}

export interface WorkHooks {
  /** Says what is going on, for a person who watches: `epoch 3/10`. Cheap; call it as often as you like. */
  progress(says: string): void;
  /** Aborted when the run's deadline passes or the worker must stop: long work looks at it between steps and throws. */
  signal: AbortSignal;
}

export interface Stage extends StageFacts {
  /**
   * The items of a round, `[]` when the stage has no more to do; round 0 comes first. The same for the same stored inputs:
   * it may be called twice, and the first answer that is stored counts. Throws `PermanentError` to end the run as failed.
   */
  plan(context: StageContext, round: number): Promise<WorkItem[]>;
  /**
   * Works one item and writes its result at a key made from the item, so that doing it twice is harmless. `PermanentError`
   * records the item as failed; any other error has it tried again.
   */
  work(context: StageContext, item: WorkItem, hooks: WorkHooks): Promise<void>;
  /** Of the last stage: the result in one sentence, for the notification. */
  conclude?(context: StageContext): Promise<string>;
}

/**
 * What a stages module exports by default. It is called once in each worker process: an engine that it opens (lazily, please:
 * the module is also imported to plan) is shared by all items of that process. `workers` processes share the machine.
 */
export type StagesModule = (setup: { workers: number }) => Stage[] | Promise<Stage[]>;

/** A stage of the list: its facts, with what it does. */
export function defineStage(name: StageName, body: Pick<Stage, "plan" | "work" | "conclude">): Stage {
  return { ...stageFacts(name), ...body };
}

/** A plan for a stage that has one round only. */
export function once(plan: (context: StageContext) => Promise<WorkItem[]>): Stage["plan"] {
  return async (context, round) => (round === 0 ? plan(context) : []);
}

/** Key of an object that belongs to one run: `runs/<run>/...`. It goes when the run is started afresh. */
export function runKey(run: string, ...path: string[]): string {
  return ["runs", run, ...path].join("/");
}
