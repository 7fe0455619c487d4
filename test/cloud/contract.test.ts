/** The contracts that the local adapters pass, run against S3, SQS and DynamoDB as an emulator has them. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { STAGES } from "../../src/pipeline/stage-list.ts";
import { makeClients } from "../../src/platform/aws/clients.ts";
import { openAws } from "../../src/platform/aws/open.ts";
import { localFile } from "../../src/platform/aws/same-content.ts";
import { openBucket } from "../../src/platform/aws/store.ts";
import { submit } from "../../src/platform/aws/submit.ts";
import { ledgerContract } from "../contract/ledger.ts";
import { queueContract } from "../contract/queue.ts";
import { raceContract } from "../contract/race.ts";
import { storeContract } from "../contract/store.ts";
import { temporaryFolder } from "../support/data.ts";
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

  test("a large file goes up in parts, with progress, and is told to be there", async () => {
    const { bucket } = await makePlace(endpoint);
    const { s3 } = makeClients(endpoint);
    const folder = temporaryFolder();
    try {
      const path = join(folder.path, "images.tar");
      const bytes = randomBytes(40 * 1024 ** 2 + 3);
      writeFileSync(path, bytes);
      const files = [localFile("images.tar", path, bytes.length)];
      const seen: number[] = [];
      const bring = () =>
        submit({
          s3,
          bucket,
          dataset: "mugs",
          files,
          request: new TextEncoder().encode("{}"),
          onProgress: ({ bytes }) => seen.push(bytes),
        });
      expect(await bring()).toMatchObject({ skipped: 0, bytes: bytes.length });
      expect(seen.some((at) => at > 0 && at < bytes.length)).toBe(true);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      const stored = await openBucket(s3, bucket).read("datasets/mugs/images.tar");
      expect(Buffer.compare(stored, bytes)).toBe(0);
      expect(await bring()).toMatchObject({ skipped: 1, bytes: bytes.length });
    } finally {
      folder.remove();
    }
  });
});
