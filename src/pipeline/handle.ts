/** One message: its item is worked, recorded once, and the run driven on where that completed the round. */
import { PermanentError } from "../errors.ts";
import { drive, fail, isLate, isOver } from "./advance.ts";
import { failureOf, isHalt, isOutage } from "./failure.ts";
import { decodeMessage, type Message } from "./messages.ts";
import { contextOf, findItem } from "./plan.ts";
import type { Outcome, Ports, RunState } from "./ports.ts";
import type { Stage, WorkHooks, WorkItem } from "./stage.ts";

/** A message as the queue handed it out. `last`: it will not be handed out again, what fails now fails for good. */
export interface Delivery {
  body: string;
  last: boolean;
}

/** The longest that `setTimeout` can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `skipped`: nothing was left to do for this message: worked before, overtaken by the deadline, or not one of ours. */
export type Handled = { outcome: "done" | "failed" | "skipped"; message?: Message; says?: string };

/**
 * Handles one delivery. When it returns, acknowledge; when it throws, let the queue hand the message out again, or stop where
 * `isHalt(error)`. `hooks.signal` is the worker's own; the work sees it joined with the run's deadline.
 */
export async function handle(
  ports: Ports,
  stages: readonly Stage[],
  delivery: Delivery,
  hooks: WorkHooks,
): Promise<Handled> {
  const message = decodeMessage(delivery.body);
  if (!message) return { outcome: "skipped", says: "The message is not one of ours." };
  const state = await ports.ledger.state(message.run);
  if (!state) return { outcome: "skipped", message, says: "The run is not known here." };
  try {
    return await handleInRun(ports, stages, state, message, delivery, hooks);
  } catch (error) {
    if (!delivery.last || isHalt(error) || hooks.signal.aborted) throw error;
    // The item's own failures are recorded below: what arrives here on the last delivery is a plan that cannot be made. Where
    // the place was at fault the run goes on: the sweeper drives it.
    const now = isOutage(error) ? undefined : await ports.ledger.state(message.run);
    if (now && !isOver(now) && (await isComplete(ports, now))) await fail(ports, now, error);
    await drive(ports, stages, message.run);
    return { outcome: "skipped", message, says: failureOf(error).says };
  }
}

async function isComplete(ports: Ports, { run, step }: RunState): Promise<boolean> {
  const { done, failed } = await ports.ledger.counts(run, step);
  return done + failed >= step.total;
}

async function handleInRun(
  ports: Ports,
  stages: readonly Stage[],
  state: RunState,
  message: Message,
  delivery: Delivery,
  hooks: WorkHooks,
): Promise<Handled> {
  const { run, item } = message;
  const skipped: Handled = { outcome: "skipped", message };
  const current = state.step.stage === message.stage && state.step.round === message.round && !isOver(state);
  const worthWork = current && !isLate(ports, stages, state) && !(await ports.ledger.recorded(run, message, item));
  if (!worthWork) {
    await drive(ports, stages, run);
    return skipped;
  }
  const planned = await findItem(ports, run, message, item);
  if (!planned) return { ...skipped, says: "The plan of its round does not hold the item." };
  const outcome = await workItem(ports, stages, state, planned, delivery, hooks);
  if (!outcome) {
    await drive(ports, stages, run);
    return skipped;
  }
  const { counted, won } = await ports.ledger.record(run, message, item, outcome);
  if (won || !counted) await drive(ports, stages, run);
  if (!counted) return skipped;
  return outcome.status === "done"
    ? { outcome: "done", message }
    : { outcome: "failed", message, says: outcome.failure.says };
}

/** Nothing where the deadline passed meanwhile. Throws what is to be tried again. */
async function workItem(
  ports: Ports,
  stages: readonly Stage[],
  state: RunState,
  item: WorkItem,
  delivery: Delivery,
  hooks: WorkHooks,
): Promise<Outcome | undefined> {
  const stage = stages.find(({ name }) => name === state.step.stage);
  const deadline = new AbortController();
  const end = stage === stages.at(-1) ? state.finalDeadline : state.deadline;
  const milliseconds = Math.min(end - ports.clock.now(), LONGEST_TIMER_MS);
  const timer = setTimeout(() => deadline.abort(new Error("The run's deadline passed.")), milliseconds);
  try {
    if (!stage) throw new PermanentError(`There is no stage named ${state.step.stage} here.`);
    const context = await contextOf(ports, stages, state.run, state.step);
    await stage.work(context, item, { ...hooks, signal: AbortSignal.any([hooks.signal, deadline.signal]) });
    return { status: "done" };
  } catch (error) {
    if (isHalt(error) || hooks.signal.aborted) throw error;
    if (isLate(ports, stages, state)) return undefined;
    if (!(error instanceof PermanentError) && !delivery.last) throw error;
    return { status: "failed", failure: failureOf(error) };
  } finally {
    clearTimeout(timer);
  }
}
