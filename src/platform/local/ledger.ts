/**
 * A ledger in a folder. Nothing is ever changed: every fact is a file of its own, made whole and by one process only.
 *
 *     <run>/ledger/deadlines.json
 *     <run>/ledger/steps/000003.json           the run's way, one file a step: making the next one wins
 *     <run>/ledger/dispatched/000003           its messages are sent
 *     <run>/ledger/rounds/<stage>/<round>/     total.json, won, items/<item>, failed/<item>
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { PermanentError } from "../../errors.ts";
import type { Failure } from "../../pipeline/failure.ts";
import { assertId } from "../../pipeline/keys.ts";
import type { Clock, Deadlines, Ledger, Outcome, RoundName, RunState, Step } from "../../pipeline/ports.ts";
import { isFile, names, textOf, writeAtomically } from "./atomic.ts";

type StoredStep = Omit<Step, "dispatched">;

/** `folder` holds one folder a run. */
export function openLedger(folder: string, temporary: string, clock: Clock = { now: Date.now }): Ledger {
  const pathOf = (run: string, ...path: string[]) => {
    assertId("run", run);
    return join(folder, run, "ledger", ...path);
  };
  const roundPath = (run: string, { stage, round }: RoundName, ...path: string[]) => {
    assertId("stage", stage);
    return pathOf(run, "rounds", stage, String(round), ...path);
  };
  const make = (path: string, value: unknown) =>
    writeAtomically(path, JSON.stringify(value), { temporary, exclusive: true });
  const stepName = (number: number) => String(number).padStart(6, "0");
  const makeStep = (run: string, step: StoredStep) => make(pathOf(run, "steps", `${stepName(step.number)}.json`), step);

  const totalOf = async (run: string, round: RoundName): Promise<number> => {
    const text = await textOf(roundPath(run, round, "total.json"));
    if (text === undefined) throw new PermanentError(`Run ${run} has no round ${round.round} of stage ${round.stage}.`);
    return JSON.parse(text);
  };

  const outcomeOf = async (run: string, round: RoundName, item: string): Promise<Outcome> => {
    const kind = await textOf(roundPath(run, round, "items", item));
    if (kind !== '"failed"') return { status: "done" };
    const failure: Failure = JSON.parse((await textOf(roundPath(run, round, "failed", item))) ?? '{"says":""}');
    return { status: "failed", failure };
  };

  /** Items recorded as failed; `failed/` may also name some whose record another outcome won. */
  const failures = async (run: string, round: RoundName): Promise<Map<string, Outcome>> => {
    const found = new Map<string, Outcome>();
    for (const item of await names(roundPath(run, round, "failed"))) {
      const outcome = await outcomeOf(run, round, item);
      if (outcome.status === "failed") found.set(item, outcome);
    }
    return found;
  };

  const state = async (run: string): Promise<RunState | undefined> => {
    const steps = (await names(pathOf(run, "steps"))).sort();
    if (steps.length === 0) return undefined;
    const read = async (name: string): Promise<StoredStep> => JSON.parse((await textOf(pathOf(run, "steps", name)))!);
    const step = await read(steps.at(-1)!);
    const { openedAt } = await read(steps[0]);
    const deadlines: Deadlines = JSON.parse((await textOf(pathOf(run, "deadlines.json")))!);
    const dispatched = await isFile(pathOf(run, "dispatched", stepName(step.number)));
    return { run, openedAt, ...deadlines, step: { ...step, dispatched } };
  };

  return {
    state,
    open: async (run, deadlines) => {
      await make(pathOf(run, "deadlines.json"), deadlines);
      const openedAt = clock.now();
      return makeStep(run, { number: 0, kind: "opened", stage: "", round: 0, total: 0, openedAt });
    },
    async *unfinishedRuns() {
      for (const run of await names(folder)) {
        const at = await state(run);
        const over = at && (at.step.kind === "finished" || at.step.kind === "failed");
        if (at && !(over && at.step.dispatched)) yield run;
      }
    },
    advance: async (run, from, { stage, round, items }) => {
      await make(roundPath(run, { stage, round }, "total.json"), items.length);
      const openedAt = clock.now();
      return makeStep(run, { number: from + 1, kind: "round", stage, round, total: items.length, openedAt });
    },
    finish: (run, from, ending) =>
      makeStep(run, { number: from + 1, stage: "", round: 0, total: 0, openedAt: clock.now(), ...ending }),
    dispatched: async (run, number) => {
      await make(pathOf(run, "dispatched", stepName(number)), true);
    },
    record: async (run, round, item, outcome) => {
      assertId("item", item);
      const total = await totalOf(run, round);
      if (outcome.status === "failed") await make(roundPath(run, round, "failed", item), outcome.failure);
      const counted = await make(roundPath(run, round, "items", item), outcome.status);
      if (!counted) return { counted, won: false };
      const complete = (await names(roundPath(run, round, "items"))).length >= total;
      return { counted, won: complete && (await make(roundPath(run, round, "won"), item)) };
    },
    recorded: (run, round, item) => isFile(roundPath(run, round, "items", item)),
    counts: async (run, round) => {
      if (round.stage === "") return { total: 0, done: 0, failed: 0 };
      const total = await totalOf(run, round);
      const items = roundPath(run, round, "items");
      const recorded = (await names(items)).length;
      const failed = (await failures(run, round)).size;
      const lastAt = recorded > 0 ? (await stat(items)).mtimeMs : undefined;
      return { total, done: recorded - failed, failed, lastAt };
    },
    outcomes: async (run, round) => {
      const found = new Map<string, Outcome>();
      for (const item of await names(roundPath(run, round, "items"))) found.set(item, { status: "done" });
      for (const [item, outcome] of await failures(run, round)) found.set(item, outcome);
      return found;
    },
    postpone: async (run, deadlines) => {
      await writeAtomically(pathOf(run, "deadlines.json"), JSON.stringify(deadlines), { temporary });
    },
  };
}
