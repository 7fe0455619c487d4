/** Starting a run, and looking at one. */
import { assertId } from "./keys.ts";
import { encodeJson, readJson, requestKey } from "./plan.ts";
import type { Deadlines, Ports, Step } from "./ports.ts";

export interface RunRequest {
  /** Id of the run: letters, digits, `.`, `_`, `-`. The same id goes on with the same run. */
  run: string;
  /** After this many minutes only the report is made, of what there is. */
  deadlineMinutes: number;
  /** What the stages are told: JSON. */
  request: unknown;
}

export interface RunStatus {
  run: string;
  kind: Step["kind"];
  stage: string;
  round: number;
  total: number;
  done: number;
  failed: number;
  /** Items recorded a second since the round was opened; 0 where there are none yet. */
  perSecond: number;
  openedAt: number;
  deadline: number;
  lastEvent: { at: number; says: string };
}

/** The report gets this share of the whole time more, and ten minutes at least, before a run counts as failed. */
const GRACE_SHARE = 0.25;
const LEAST_GRACE_MINUTES = 10;

export function deadlinesFrom(now: number, minutes: number): Deadlines {
  const grace = Math.max(LEAST_GRACE_MINUTES, minutes * GRACE_SHARE);
  return { deadline: now + minutes * 60_000, finalDeadline: now + (minutes + grace) * 60_000 };
}

/**
 * Opens the run; `drive` or `sweep` then gets it going. False where it was open already: its first request stands.
 */
export async function startRun(ports: Ports, { run, deadlineMinutes, request }: RunRequest): Promise<boolean> {
  assertId("run", run);
  await ports.store.putIfAbsent(requestKey(run), encodeJson(request));
  return ports.ledger.open(run, deadlinesFrom(ports.clock.now(), deadlineMinutes));
}

/** What the run was started with. Fails with an `InputError` where there is no such run. */
export function readRequest(ports: Pick<Ports, "store">, run: string): Promise<unknown> {
  return readJson(ports, requestKey(run));
}

/** Where the run stands; nothing where there is no such run. */
export async function status(ports: Ports, run: string): Promise<RunStatus | undefined> {
  const state = await ports.ledger.state(run);
  if (!state) return undefined;
  const { step } = state;
  const { done, failed, lastAt } = await ports.ledger.counts(run, step);
  const seconds = Math.max(0.001, (ports.clock.now() - step.openedAt) / 1000);
  const place = `${step.stage}${step.round > 0 ? `, round ${step.round + 1}` : ""}`;
  const lastEvent =
    lastAt !== undefined && lastAt > step.openedAt
      ? { at: lastAt, says: `${place}: ${done + failed} of ${step.total} done` }
      : { at: step.openedAt, says: step.says ?? (step.kind === "opened" ? "opened" : `${place}: opened`) };
  return {
    run,
    kind: step.kind,
    stage: step.stage,
    round: step.round,
    total: step.total,
    done,
    failed,
    perSecond: (done + failed) / seconds,
    openedAt: state.openedAt,
    deadline: state.deadline,
    lastEvent,
  };
}
