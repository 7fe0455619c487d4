/**
 * How a run moves. The round's items are worked; whoever's record completes the round plans the next one, moves the run there
 * (the ledger lets one caller do it) and sends the messages. Dying at any point between loses nothing: the message that
 * brought the death was not acknowledged and drives the run again, and so does the sweeper.
 */

import { PermanentError } from "../errors.ts";
import { failureOf, isHalt } from "./failure.ts";
import { encodeMessage } from "./messages.ts";
import { contextOf, planRound, readPlan } from "./plan.ts";
import type { Counts, Ending, Ports, RunState } from "./ports.ts";
import type { Stage } from "./stage.ts";

const END_OF_RUN = "end";

export function isOver(state: RunState): boolean {
  return state.step.kind === "finished" || state.step.kind === "failed";
}

/** Past its deadline a run makes nothing but the last stage, the report, of what there is. */
export function isLate(ports: Ports, stages: readonly Stage[], state: RunState): boolean {
  return ports.clock.now() >= state.deadline && state.step.stage !== stages.at(-1)!.name;
}

/** Moves the run as far as it can go without work: plans, advances, sends, announces. Harmless to call at any time. */
export async function drive(ports: Ports, stages: readonly Stage[], run: string): Promise<RunState | undefined> {
  for (;;) {
    const state = await ports.ledger.state(run);
    if (!state) return undefined;
    const { step } = state;
    if (isOver(state)) {
      if (!step.dispatched) await announce(ports, state);
      return state;
    }
    const counts = await ports.ledger.counts(run, step);
    const complete = counts.done + counts.failed >= step.total;
    if (!complete && !isLate(ports, stages, state)) {
      if (!step.dispatched) {
        await sendMissing(ports, state);
        await ports.ledger.dispatched(run, step.number);
      }
      return state;
    }
    await leave(ports, stages, state, counts);
  }
}

/** Sends a message for every item of the current round that is not recorded. Returns how many. */
export async function sendMissing(ports: Ports, { run, step }: RunState): Promise<number> {
  const { stage, round } = step;
  const outcomes = await ports.ledger.outcomes(run, step);
  const items = (await readPlan(ports, run, step)).filter(({ id }) => !outcomes.has(id));
  await ports.queue(stage).send(items.map(({ id }) => encodeMessage({ run, stage, round, item: id })));
  return items.length;
}

/** Ends the run as failed, from wherever it stands. */
export async function fail(ports: Ports, state: RunState, error: unknown): Promise<void> {
  const failure = failureOf(error);
  await ports.ledger.finish(state.run, state.step.number, { kind: "failed", says: failure.says, failure });
}

async function announce(ports: Ports, { run, step }: RunState): Promise<void> {
  await ports.notifier.publish({ run, kind: step.kind as Ending["kind"], says: step.says ?? "" });
  await ports.ledger.dispatched(run, step.number);
}

/** Leaves the current step for the next one. Several may try; the ledger lets one do it. */
async function leave(ports: Ports, stages: readonly Stage[], state: RunState, counts: Counts): Promise<void> {
  const { run, step } = state;
  try {
    const tooMany = isLate(ports, stages, state) ? undefined : await tooManyFailed(ports, stages, state, counts);
    if (tooMany) {
      await ports.ledger.finish(run, step.number, tooMany);
      return;
    }
    const next = await following(ports, stages, state);
    if (next === END_OF_RUN) await ports.ledger.finish(run, step.number, await conclusion(ports, stages, state));
    else await ports.ledger.advance(run, step.number, next);
  } catch (error) {
    if (!(error instanceof PermanentError) || isHalt(error)) throw error;
    await fail(ports, state, error);
  }
}

async function tooManyFailed(
  ports: Ports,
  stages: readonly Stage[],
  { run, step }: RunState,
  counts: Counts,
): Promise<Ending | undefined> {
  const { mayFail } = stages.find(({ name }) => name === step.stage) ?? { mayFail: "all" };
  if (counts.failed === 0 || mayFail === "all") return undefined;
  if (mayFail === "some" && counts.failed < step.total) return undefined;
  const outcomes = [...(await ports.ledger.outcomes(run, step))].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, outcome] of outcomes) {
    if (outcome.status === "failed") return { kind: "failed", says: outcome.failure.says, failure: outcome.failure };
  }
  return undefined;
}

/** The next round that has items: of this stage, of the stages after it, or, past the deadline, of the last one. */
async function following(ports: Ports, stages: readonly Stage[], state: RunState) {
  const { run, step } = state;
  let at = stages.findIndex(({ name }) => name === step.stage);
  let round = step.round + 1;
  if (isLate(ports, stages, state)) {
    at = stages.length - 1;
    round = 0;
  } else if (at < 0) {
    at = 0;
    round = 0;
  }
  for (; at < stages.length; at++, round = 0) {
    const stage = stages[at];
    const items = await planRound(ports, stages, run, stage, round);
    if (items.length > 0) return { stage: stage.name, round, items: items.map(({ id }) => id) };
  }
  return END_OF_RUN;
}

async function conclusion(ports: Ports, stages: readonly Stage[], { run, step }: RunState): Promise<Ending> {
  const last = stages.at(-1)!;
  const context = await contextOf(ports, stages, run, { stage: last.name, round: step.round });
  return { kind: "finished", says: (await last.conclude?.(context)) ?? "The run is finished." };
}
