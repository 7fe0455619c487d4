/** What keeps a run from waiting for ever: dead letters are recorded, lost messages sent again, deadlines kept. */
import { PermanentError } from "../errors.ts";
import { drive, fail, isOver, sendMissing } from "./advance.ts";
import { decodeMessage } from "./messages.ts";
import { findItem } from "./plan.ts";
import type { Ports, Queue, RunState } from "./ports.ts";
import type { Stage } from "./stage.ts";

export interface SweepOptions {
  /**
   * Seconds without a recorded item after which messages are sent again although the queue is not empty. Longer than the
   * longest item; without it only an empty queue has them sent again.
   */
  quietSeconds?: number;
}

/** Looks at one run and puts right what is missing. Harmless to call at any time, by any number of processes. */
export async function sweep(
  ports: Ports,
  stages: readonly Stage[],
  run: string,
  options: SweepOptions = {},
): Promise<RunState | undefined> {
  const before = await ports.ledger.state(run);
  if (!before) return undefined;
  for (const queue of queuesOf(ports, stages)) await buryDeadLetters(ports, stages, queue);
  const state = await drive(ports, stages, run);
  if (!state || isOver(state)) return state;
  if (ports.clock.now() >= state.finalDeadline) {
    await fail(ports, state, new PermanentError(overdue(state)));
    return drive(ports, stages, run);
  }
  if (await isStuck(ports, state, options)) await sendMissing(ports, state);
  return state;
}

/** Looks at all runs that are not finished. One run's error does not keep the others from being looked at; it is thrown at the end. */
export async function sweepAll(ports: Ports, stages: readonly Stage[], options: SweepOptions = {}): Promise<string[]> {
  const runs: string[] = [];
  const errors: unknown[] = [];
  for await (const run of ports.ledger.unfinishedRuns()) {
    runs.push(run);
    await sweep(ports, stages, run, options).catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0)
    throw new AggregateError(errors, `${errors.length} of ${runs.length} runs could not be swept.`);
  return runs;
}

function overdue({ step, openedAt, finalDeadline }: RunState): string {
  const minutes = Math.round((finalDeadline - openedAt) / 60_000);
  return `No report was ready ${minutes} minutes after the start: stage ${step.stage} did not end. Set a later deadlineMinutes, or a smaller effort.`;
}

function queuesOf(ports: Ports, stages: readonly Stage[]): Set<Queue> {
  return new Set(stages.map(({ name }) => ports.queue(name)));
}

async function buryDeadLetters(ports: Ports, stages: readonly Stage[], queue: Queue): Promise<void> {
  if (!queue.dead) return;
  for (;;) {
    const letters = await queue.dead.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 });
    if (letters.length === 0) return;
    for (const { body, receipt } of letters) {
      await recordAsFailed(ports, stages, body, queue.maxReceives);
      await queue.dead.acknowledge(receipt);
    }
  }
}

async function recordAsFailed(ports: Ports, stages: readonly Stage[], body: string, times: number): Promise<void> {
  const message = decodeMessage(body);
  const state = message && (await ports.ledger.state(message.run));
  if (!message || !state) return;
  if (state.step.stage !== message.stage || state.step.round !== message.round) return;
  if (!(await findItem(ports, message.run, message, message.item))) return;
  const says = `It was tried ${times} times and no try came to an end: its process was killed (perhaps for want of memory) or ran out of time.`;
  const { won } = await ports.ledger.record(message.run, message, message.item, {
    status: "failed",
    failure: { says },
  });
  if (won) await drive(ports, stages, message.run);
}

async function isStuck(ports: Ports, { run, step }: RunState, { quietSeconds }: SweepOptions): Promise<boolean> {
  const queue = ports.queue(step.stage);
  const { ready, inFlight } = await queue.depth();
  if (ready + inFlight === 0) {
    // Looked at after the queue: what became a dead letter meanwhile is recorded by the next sweep, not tried anew.
    const letters = await queue.dead?.depth();
    return !letters || letters.ready + letters.inFlight === 0;
  }
  if (quietSeconds === undefined) return false;
  const { lastAt } = await ports.ledger.counts(run, step);
  return ports.clock.now() - Math.max(lastAt ?? 0, step.openedAt) >= quietSeconds * 1000;
}
