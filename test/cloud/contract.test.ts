/** The contracts that the local adapters pass, run against S3, SQS and DynamoDB as an emulator has them. */
import { afterAll, describe, expect, test } from "vitest";
import { STAGES } from "../../src/pipeline/stage-list.ts";
import { openAws } from "../../src/platform/aws/open.ts";
import { ledgerContract } from "../contract/ledger.ts";
import { queueContract } from "../contract/queue.ts";
import { raceContract } from "../contract/race.ts";
import { storeContract } from "../contract/store.ts";
import { makePlace, open } from "./aws-place.ts";
import { startEmulator } from "./emulator.ts";

const emulator = await startEmulator();
const reason = typeof emulator === "string" ? emulator : undefined;
const endpoint = typeof emulator === "string" ? "" : emulator.endpoint;
if (typeof emulator !== "string") Object.assign(process.env, emulator.environment);
afterAll(async () => {
  if (typeof emulator !== "string") await emulator.stop();
});

describe.skipIf(reason)(`on an emulator${reason ? ` (skipped: ${reason})` : ""}`, () => {
  describe("object store", () => storeContract(async () => (await open(await makePlace(endpoint))).store));
  describe("queue", () => queueContract(async () => (await open(await makePlace(endpoint))).queue));
  describe("ledger", () => ledgerContract(async () => (await open(await makePlace(endpoint))).ledger));
  describe("processes", () => raceContract(new URL("./aws-place.ts", import.meta.url), () => makePlace(endpoint)));

  test("the ports open from the environment that the stack gives", async () => {
    const { bucket, table, url, deadLetters } = await makePlace(endpoint);
    const queues = Object.fromEntries(
      STAGES.flatMap(({ name }) => [
        [`ERRATA_QUEUE_${name.toUpperCase()}`, url],
        [`ERRATA_DEAD_LETTERS_${name.toUpperCase()}`, deadLetters],
      ]),
    );
    const ports = openAws({ ...process.env, ERRATA_BUCKET: bucket, ERRATA_TABLE: table, ...queues });
    expect(ports.queue("train")).toBe(ports.queue("report"));
    await ports.store.put("datasets/mugs/a/1.png", new Uint8Array(3));
    const keys: string[] = [];
    for await (const { key } of ports.dataset("datasets/mugs").list()) keys.push(key);
    expect(keys).toEqual(["a/1.png"]);
    await ports.queue("train").send(["m"]);
    expect((await ports.queue("report").depth()).ready).toBe(1);
    expect(() => ports.queue("nothing")).toThrow("There is no queue for stage nothing");
  });
});
