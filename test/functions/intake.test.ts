import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readNotification } from "../../functions/intake/uploads.ts";
import { runOf } from "../../src/platform/aws/run-name.ts";
import { type Bench, REQUEST, readEvent, runsOf, startBundle, upload } from "./bundles.ts";

const uploadsIn = (name: string) =>
  readEvent(name).Records.flatMap(({ body }) => readNotification(body)?.uploads ?? []);

describe("the intake function as it is deployed", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBundle("intake");
  });
  afterAll(() => bench.stop());
  let before: string[];
  beforeEach(async () => {
    before = await runsOf(bench);
  });
  const opened = async () => (await runsOf(bench)).filter((run) => !before.includes(run));

  it("starts within two seconds, on a busy machine too", async () => {
    const milliseconds = await bench.running.coldStart;
    console.log(`intake: cold start ${Math.round(milliseconds)} ms`);
    expect(milliseconds).toBeLessThan(2_000);
  });

  it("ignores S3's test event", async () => {
    expect(await bench.invoke(readEvent("test-event"))).toEqual({ batchItemFailures: [] });
    expect(await opened()).toEqual([]);
    expect(bench.log()).toContain("S3 tested that it may send.");
  });

  it("opens a run an upload, whatever letters the dataset's name has", async () => {
    for (const name of ["mugs and plates (front)", "a+b & c=100%", "コップと皿"])
      upload(bench, name, "errata.json", REQUEST);
    expect(await bench.invoke(readEvent("upload-encoded-keys"))).toEqual({ batchItemFailures: [] });
    expect(await opened()).toHaveLength(3);
    for (const run of await opened()) expect((await bench.ports.ledger.state(run))?.step.stage).toBe("intake");
  });

  it("opens one run a version, however often and in whatever order S3 tells of it", async () => {
    upload(bench, "mugs", "errata.json", REQUEST);
    expect(await bench.invoke(readEvent("upload-duplicates"))).toEqual({ batchItemFailures: [] });
    expect(await bench.invoke(readEvent("redrive"))).toEqual({ batchItemFailures: [] });
    const runs = await opened();
    expect(runs).toHaveLength(3);
    const kinds = await Promise.all(runs.map(async (run) => (await bench.ports.ledger.state(run))!.step.kind));
    // The one that lies a folder too deep is told of at once.
    expect(kinds.sort()).toEqual(["failed", "round", "round"]);
    expect(bench.log()).toContain("is no upload.");
  });

  it("takes uploads in parts", async () => {
    upload(bench, "mugs", "errata.json", REQUEST);
    await bench.invoke(readEvent("upload-multipart"));
    expect(await opened()).toHaveLength(1);
  });

  it("ends a run with a bad request at once, and says why", async () => {
    upload(bench, "mugs", "errata.json", `{ "schema": "errata/request@1", "effort": "lots" }`);
    await bench.invoke(readEvent("upload"));
    const run = runOf(uploadsIn("upload")[0]);
    expect((await bench.ports.ledger.state(run))?.step).toMatchObject({ kind: "failed", dispatched: true });
    const failed = JSON.parse(
      new TextDecoder().decode(await bench.ports.store.read(`reports/mugs/${run}/failed.json`)),
    );
    expect(failed).toMatchObject({ run, file: "errata.json", field: "effort" });
    expect(failed.remedy).toContain("quick, standard or thorough");
  });

  it("works the messages of its stage too", async () => {
    upload(bench, "mugs", "errata.json", REQUEST);
    const run = runOf(uploadsIn("redrive")[0]);
    const [record] = readEvent("redrive").Records;
    const body = JSON.stringify({ run, stage: "intake", round: 0, item: "intake" });
    await bench.invoke({ Records: [{ ...record, body }] });
    expect((await bench.ports.ledger.state(run))?.step.stage).toBe("ingest");
  });
});

describe("what S3 says", () => {
  it("has keys as they were before they were encoded", () => {
    expect(uploadsIn("upload-encoded-keys").map(({ dataset }) => dataset)).toEqual([
      "mugs and plates (front)",
      "a+b & c=100%",
      "コップと皿",
    ]);
  });

  it("is told from messages of a stage and from nonsense", () => {
    expect(readNotification(`{"run":"r","stage":"intake","round":0,"item":"i"}`)).toBeUndefined();
    expect(readNotification("{")).toBeUndefined();
    expect(readNotification(`{"Records":[{"eventSource":"aws:sns"}]}`)).toBeUndefined();
  });

  it("cannot lead out of the team's datasets", () => {
    const told = (key: string) =>
      readNotification(
        JSON.stringify({
          Records: [{ eventSource: "aws:s3", eventName: "ObjectCreated:Put", s3: { object: { key, versionId: "1" } } }],
        }),
      )?.uploads ?? [];
    for (const key of ["reports/mugs/errata.json", "datasets/%zz/errata.json", "errata.json"])
      expect(told(key), key).toEqual([]);
    for (const key of [
      "datasets/../errata.json",
      "datasets/%2e%2e/errata.json",
      "datasets//errata.json",
      "datasets/a/b/errata.json",
    ]) {
      const [{ dataset, misplaced }] = told(key);
      expect(dataset, key).toMatch(/^[a-z0-9-]+$/);
      expect(misplaced?.key).toBe(decodeURIComponent(key));
    }
  });
});
