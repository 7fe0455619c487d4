/**
 * The ledger in one DynamoDB table (`pk`, `sk`, time to live in `expires`).
 *
 *     open              <run>             a run that is not over
 *     run#<run>         run               deadlines and the current step: moving on is conditional on the step's number
 *     round#<run>#<stage>#<round>
 *                       round             total, number of parts, and which of them are complete
 *                       part#<n>          its total and the ids of its items that are done or failed
 *                       failure#<item>    why
 *
 * An item of a table holds 400 KB and each write costs by size, so a round's ids are spread over parts. Recording is one
 * conditional update of a part; the update that fills a part is followed by one of the round, and the one that fills the
 * round wins. Each update is conditional on not having been made, so a process that dies between the two is made good by
 * whoever gets its message next.
 */
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { assertId } from "../../pipeline/keys.ts";
import type { Clock, Deadlines, Ledger, Outcome, RunState, Step } from "../../pipeline/ports.ts";
import { happened, namesOf } from "./conditional.ts";
import { openRounds } from "./rounds.ts";

export interface LedgerOptions {
  table: string;
  clock?: Clock;
  /** Days after which what is known of a run is deleted. Default 90. */
  retentionDays?: number;
}

type RunRow = Deadlines & Omit<Step, "number"> & { runOpenedAt: number; step: number };

const OPEN_RUNS = "open";

export function openDynamoLedger(
  dynamo: DynamoDBDocumentClient,
  { table: TableName, clock = { now: Date.now }, retentionDays = 90 }: LedgerOptions,
): Ledger {
  const expires = () => Math.floor(clock.now() / 1000) + retentionDays * 86_400;
  const rounds = openRounds(dynamo, TableName, clock, expires);
  const keyOf = (run: string) => {
    assertId("run", run);
    return { pk: `run#${run}`, sk: "run" };
  };

  const state = async (run: string): Promise<RunState | undefined> => {
    const { Item } = await dynamo.send(new GetCommand({ TableName, Key: keyOf(run), ConsistentRead: true }));
    if (!Item) return undefined;
    const row = Item as RunRow;
    const { deadline, finalDeadline, runOpenedAt, step: number } = row;
    const { kind, stage, round, total, openedAt, dispatched, says, failure } = row;
    const step: Step = { number, kind, stage, round, total, openedAt, dispatched };
    if (says != null) step.says = says;
    if (failure != null) step.failure = failure;
    return { run, openedAt: runOpenedAt, deadline, finalDeadline, step };
  };

  /** Moves the run from step `from` to the next one. True for exactly one caller. */
  const move = (run: string, from: number, step: Omit<Step, "number" | "dispatched" | "openedAt">) =>
    happened(
      dynamo.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(run),
          UpdateExpression:
            "SET #step = :next, #kind = :kind, #stage = :stage, #round = :round, #total = :total, #openedAt = :now, #dispatched = :no, #says = :says, #failure = :failure",
          ConditionExpression: "#step = :from",
          ExpressionAttributeNames: namesOf(
            "step",
            "kind",
            "stage",
            "round",
            "total",
            "openedAt",
            "dispatched",
            "says",
            "failure",
          ),
          ExpressionAttributeValues: {
            ":from": from,
            ":next": from + 1,
            ":kind": step.kind,
            ":stage": step.stage,
            ":round": step.round,
            ":total": step.total,
            ":now": clock.now(),
            ":no": false,
            ":says": step.says ?? null,
            ":failure": step.failure ?? null,
          },
        }),
      ),
    );

  const forgetOpen = (run: string) => dynamo.send(new DeleteCommand({ TableName, Key: { pk: OPEN_RUNS, sk: run } }));

  return {
    state,
    open: async (run, deadlines) => {
      // The sweeper's row first: a run without it would be swept by nobody.
      await dynamo.send(new PutCommand({ TableName, Item: { pk: OPEN_RUNS, sk: run, expires: expires() } }));
      const now = clock.now();
      const opened = { step: 0, kind: "opened", stage: "", round: 0, total: 0, openedAt: now, dispatched: false };
      const Item = { ...keyOf(run), ...deadlines, ...opened, runOpenedAt: now, expires: expires() };
      return happened(
        dynamo.send(new PutCommand({ TableName, Item, ConditionExpression: "attribute_not_exists(pk)" })),
      );
    },
    async *unfinishedRuns() {
      const query = {
        TableName,
        KeyConditionExpression: "pk = :open",
        ExpressionAttributeValues: { ":open": OPEN_RUNS },
        ConsistentRead: true,
      };
      for await (const page of paginateQuery({ client: dynamo }, query)) {
        for (const { sk } of page.Items ?? []) {
          const at = await state(sk);
          const over = at?.step.dispatched && (at.step.kind === "finished" || at.step.kind === "failed");
          if (over) await forgetOpen(sk);
          else if (at) yield sk as string;
        }
      }
    },
    advance: async (run, from, { stage, round, items }) => {
      await rounds.open(run, { stage, round }, items);
      return move(run, from, { kind: "round", stage, round, total: items.length });
    },
    finish: (run, from, ending) => move(run, from, { stage: "", round: 0, total: 0, ...ending }),
    dispatched: async (run, number) => {
      const marked = await happened(
        dynamo.send(
          new UpdateCommand({
            TableName,
            Key: keyOf(run),
            UpdateExpression: "SET #dispatched = :yes",
            ConditionExpression: "#step = :number",
            ExpressionAttributeNames: namesOf("dispatched", "step"),
            ExpressionAttributeValues: { ":yes": true, ":number": number },
          }),
        ),
      );
      const kind = marked ? (await state(run))?.step.kind : undefined;
      if (kind === "finished" || kind === "failed") await forgetOpen(run);
    },
    record: async (run, round, item, outcome: Outcome) => rounds.record(run, round, item, outcome),
    recorded: (run, round, item) => rounds.recorded(run, round, item),
    counts: async (run, round) => (round.stage === "" ? { total: 0, done: 0, failed: 0 } : rounds.counts(run, round)),
    outcomes: (run, round) => rounds.outcomes(run, round),
    postpone: async (run, { deadline, finalDeadline }) => {
      await dynamo.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(run),
          UpdateExpression: "SET #deadline = :deadline, #finalDeadline = :finalDeadline",
          ConditionExpression: "attribute_exists(pk)",
          ExpressionAttributeNames: namesOf("deadline", "finalDeadline"),
          ExpressionAttributeValues: { ":deadline": deadline, ":finalDeadline": finalDeadline },
        }),
      );
    },
  };
}
