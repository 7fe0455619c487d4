/** The rounds of a ledger in DynamoDB: which items are done, counted exactly. See `ledger.ts` for the rows. */
import { createHash } from "node:crypto";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import pMap from "p-map";
import { PermanentError } from "../../errors.ts";
import type { Failure } from "../../pipeline/failure.ts";
import { assertId } from "../../pipeline/keys.ts";
import type { Clock, Counts, Outcome, RoundName } from "../../pipeline/ports.ts";
import { nameOf } from "./clients.ts";
import { happened, namesOf } from "./conditional.ts";

/** Items of a part, about: at 100 characters an id that is 5 KB, five write units an item at the most. */
const PART_ITEMS = 50;
const WRITES_AT_ONCE = 16;
/** Rounds whose number of parts is kept in memory: it never changes. */
const KEPT_ROUNDS = 100;

interface PartRow {
  total: number;
  recorded: number;
  done?: Set<string>;
  failed?: Set<string>;
  lastAt?: number;
}

interface RoundFacts {
  total: number;
  /** Parts that items are spread over, and how many of them have any. */
  parts: number;
  used: number;
}

const partKey = (part: number) => `part#${String(part).padStart(5, "0")}`;

/** Which part an item belongs to: the same in every process. */
function partOf(item: string, parts: number): number {
  return createHash("sha256").update(item).digest().readUInt32BE(0) % parts;
}

export function openRounds(dynamo: DynamoDBDocumentClient, TableName: string, clock: Clock, expires: () => number) {
  const kept = new Map<string, RoundFacts>();
  const pkOf = (run: string, { stage, round }: RoundName) => {
    assertId("run", run);
    assertId("stage", stage);
    return `round#${run}#${stage}#${round}`;
  };

  const putNew = (Item: Record<string, unknown>) =>
    happened(dynamo.send(new PutCommand({ TableName, Item, ConditionExpression: "attribute_not_exists(pk)" })));

  const roundOf = async (pk: string) => {
    const known = kept.get(pk);
    if (known) return known;
    const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { pk, sk: "round" }, ConsistentRead: true }));
    if (!Item) throw new PermanentError(`The ledger has no ${pk}.`);
    const found = Item as RoundFacts;
    kept.set(pk, found);
    if (kept.size > KEPT_ROUNDS) kept.delete(kept.keys().next().value!);
    return found;
  };

  /** The rows of a round from `from` on: `failure#...`, then `part#...`, then `round`. */
  const rowsOf = async (pk: string, from: string): Promise<Record<string, unknown>[]> => {
    const rows: Record<string, unknown>[] = [];
    const query = {
      TableName,
      KeyConditionExpression: "pk = :pk AND sk >= :from",
      ExpressionAttributeValues: { ":pk": pk, ":from": from },
      ConsistentRead: true,
    };
    for await (const page of paginateQuery({ client: dynamo }, query)) rows.push(...(page.Items ?? []));
    return rows;
  };

  /** Adds the item to its part. Gives the part as it is then, and whether this call did it. */
  const addToPart = async (pk: string, part: number, item: string, status: Outcome["status"]) => {
    try {
      const { Attributes } = await dynamo.send(
        new UpdateCommand({
          TableName,
          Key: { pk, sk: partKey(part) },
          UpdateExpression: "SET #lastAt = :now ADD #into :ids, #recorded :one",
          ConditionExpression: "attribute_exists(pk) AND NOT contains(#done, :id) AND NOT contains(#failed, :id)",
          ExpressionAttributeNames: { ...namesOf("lastAt", "recorded", "done", "failed"), "#into": status },
          ExpressionAttributeValues: { ":now": clock.now(), ":ids": new Set([item]), ":one": 1, ":id": item },
          ReturnValues: "ALL_NEW",
        }),
      );
      return { row: Attributes as PartRow, counted: true };
    } catch (error) {
      if (nameOf(error) !== "ConditionalCheckFailedException") throw error;
      const { Item } = await dynamo.send(
        new GetCommand({ TableName, Key: { pk, sk: partKey(part) }, ConsistentRead: true }),
      );
      return { row: Item as PartRow, counted: false };
    }
  };

  /** Marks a part as complete. True for exactly one call of a round: the one that completed it. */
  const completePart = async (pk: string, part: number, used: number): Promise<boolean> => {
    try {
      const { Attributes } = await dynamo.send(
        new UpdateCommand({
          TableName,
          Key: { pk, sk: "round" },
          UpdateExpression: "ADD #complete :parts, #completed :one",
          ConditionExpression: "NOT contains(#complete, :part)",
          ExpressionAttributeNames: namesOf("complete", "completed"),
          ExpressionAttributeValues: { ":parts": new Set([partKey(part)]), ":one": 1, ":part": partKey(part) },
          ReturnValues: "UPDATED_NEW",
        }),
      );
      return Attributes?.completed === used;
    } catch (error) {
      if (nameOf(error) === "ConditionalCheckFailedException") return false;
      throw error;
    }
  };

  return {
    /** Makes the rows of a round; leaves those that are there alone. */
    open: async (run: string, round: RoundName, items: readonly string[]): Promise<void> => {
      const pk = pkOf(run, round);
      const most = Math.max(1, Math.ceil(items.length / PART_ITEMS));
      const totals = new Array<number>(most).fill(0);
      for (const item of items) totals[partOf(item, most)]++;
      // A part that no item falls into would never be complete: it does not count.
      const used = totals.filter((total) => total > 0).length;
      const rows = totals.flatMap((total, part) => (total > 0 ? [{ pk, sk: partKey(part), total, recorded: 0 }] : []));
      await pMap(rows, (row) => putNew({ ...row, expires: expires() }), { concurrency: WRITES_AT_ONCE });
      await putNew({ pk, sk: "round", total: items.length, parts: most, used, completed: 0, expires: expires() });
    },

    record: async (run: string, round: RoundName, item: string, outcome: Outcome) => {
      assertId("item", item);
      const pk = pkOf(run, round);
      const { parts, used } = await roundOf(pk);
      if (outcome.status === "failed") {
        await putNew({ pk, sk: `failure#${item}`, failure: outcome.failure, expires: expires() });
      }
      const part = partOf(item, parts);
      const { row, counted } = await addToPart(pk, part, item, outcome.status);
      if (!row) throw new PermanentError(`The plan of ${pk} holds no item ${item}.`);
      const won = row.recorded >= row.total && (await completePart(pk, part, used));
      return { counted, won };
    },

    recorded: async (run: string, round: RoundName, item: string): Promise<boolean> => {
      const pk = pkOf(run, round);
      const { parts } = await roundOf(pk);
      const { Item } = await dynamo.send(
        new GetCommand({ TableName, Key: { pk, sk: partKey(partOf(item, parts)) }, ConsistentRead: true }),
      );
      const row = Item as PartRow | undefined;
      return Boolean(row?.done?.has(item) || row?.failed?.has(item));
    },

    counts: async (run: string, round: RoundName): Promise<Counts> => {
      const pk = pkOf(run, round);
      const { total } = await roundOf(pk);
      const counts: Counts = { total, done: 0, failed: 0 };
      for (const row of await rowsOf(pk, "part#")) {
        const { recorded = 0, failed, lastAt } = row as unknown as PartRow;
        const failures = failed?.size ?? 0;
        counts.done += recorded - failures;
        counts.failed += failures;
        if (lastAt !== undefined) counts.lastAt = Math.max(counts.lastAt ?? 0, lastAt);
      }
      return counts;
    },

    outcomes: async (run: string, round: RoundName): Promise<Map<string, Outcome>> => {
      const outcomes = new Map<string, Outcome>();
      const reasons = new Map<string, Failure>();
      for (const row of await rowsOf(pkOf(run, round), "failure#")) {
        const sk = row.sk as string;
        const { done, failed } = row as unknown as PartRow;
        if (sk.startsWith("failure#")) reasons.set(sk.slice("failure#".length), row.failure as Failure);
        for (const item of done ?? []) outcomes.set(item, { status: "done" });
        for (const item of failed ?? []) {
          outcomes.set(item, { status: "failed", failure: reasons.get(item) ?? { says: "" } });
        }
      }
      return outcomes;
    },
  };
}
