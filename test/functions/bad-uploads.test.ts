/**
 * Whatever is wrong with an upload ends in `failed.json` and a notification that say what and how to put it right: with the real
 * stages, the intake function's own code, and S3's messages.
 */
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import { openRun } from "../../functions/intake/open-run.ts";
import { readNotification, type Upload } from "../../functions/intake/uploads.ts";
import { announcing } from "../../functions/shared/announce.ts";
import { handle } from "../../src/pipeline/handle.ts";
import type { ObjectStore, Ports } from "../../src/pipeline/ports.ts";
import stages from "../../src/pipeline/stages/index.ts";
import { runOf } from "../../src/platform/aws/run-name.ts";
import { makeWorld, type World } from "../pipeline/memory.ts";
import { picture } from "../support/pictures.ts";

const REQUEST = { schema: "errata/request@1", data: { path: "." } };
const hooks = { progress: () => {}, signal: new AbortController().signal };
const DEFAULTS = { deadlineMinutes: 60 };
/** More deliveries than any of these may need: a retry loop would pass it. */
const MOST_DELIVERIES = 20;

let world: World;
let ports: Ports;
beforeEach(() => {
  world = makeWorld();
  ports = announcing({ ...world, dataset: (location) => below(world.store, `${location}/`) });
});

/** A prefix of the store, as a bucket's files are. */
function below(store: ObjectStore, prefix: string) {
  return {
    read: (key: string) => store.read(prefix + key),
    stream: (key: string) => store.stream(prefix + key),
    async *list(start = "") {
      for await (const { key, bytes } of store.list(prefix + start)) yield { key: key.slice(prefix.length), bytes };
    },
  };
}

const bytesOf = (content: unknown): Uint8Array =>
  content instanceof Uint8Array
    ? content
    : new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content));

async function put(files: Record<string, unknown>, dataset = "mugs"): Promise<void> {
  for (const [file, content] of Object.entries(files))
    await world.store.put(`datasets/${dataset}/${file}`, bytesOf(content));
}

/** What S3 says of an object, read as the function reads it. */
function told(key: string, { version = "v1", size = 100 } = {}): Upload[] {
  const object = { key: encodeURIComponent(key).replaceAll("%20", "+"), versionId: version, size };
  const record = { eventSource: "aws:s3", eventName: "ObjectCreated:Put", s3: { object } };
  return readNotification(JSON.stringify({ Records: [record] }))!.uploads;
}

/** Works messages until none are left; what throws is given back, as SQS does it. Number of deliveries. */
async function workAll(until: (stage: string) => boolean = () => false): Promise<number> {
  const queue = world.queue("");
  for (let deliveries = 0; ; deliveries++) {
    const [received] = await queue.receive({ max: 1, visibilitySeconds: 60, waitSeconds: 0 });
    if (!received || until(JSON.parse(received.body).stage)) return deliveries;
    expect(deliveries).toBeLessThan(MOST_DELIVERIES);
    try {
      await handle(ports, stages(), { body: received.body, last: received.receives >= queue.maxReceives }, hooks);
      await queue.acknowledge(received.receipt);
    } catch {
      await queue.release(received.receipt);
    }
  }
}

async function failureOf({ dataset, version }: Upload) {
  const run = runOf({ dataset, version });
  const failed = JSON.parse(new TextDecoder().decode(await world.store.read(`reports/${dataset}/${run}/failed.json`)));
  expect((await world.ledger.state(run))!.step).toMatchObject({ kind: "failed", dispatched: true });
  expect(world.published).toEqual([`${run} failed: ${failed.says}`]);
  expect(failed).toMatchObject({ run, next: expect.stringContaining("upload errata.json again") });
  return failed as { says: string; file?: string; field?: string; remedy?: string };
}

async function submitted(files: Record<string, unknown>) {
  await put(files);
  const [upload] = told("datasets/mugs/errata.json", { size: bytesOf(files["errata.json"] ?? "").length });
  await openRun(ports, stages(), upload, DEFAULTS);
  await workAll();
  return failureOf(upload);
}

const csv = (...lines: string[]) => ({
  "errata.json": { ...REQUEST, data: { path: "labels.csv" } },
  "labels.csv": ["file,label", ...lines].join("\n"),
  "a/1.png": "x",
  "a/2.png": "x",
  "b/1.png": "x",
  "b/2.png": "x",
});
const GOOD = ["a/1.png,a", "a/2.png,a", "b/1.png,b", "b/2.png,b"];

describe("an upload that cannot be used", () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ["no JSON", { "errata.json": "{" }, /errata\.json: It is not JSON/],
    ["an unknown field", { "errata.json": { ...REQUEST, colour: 1 } }, /errata\.json: .*colour/],
    [
      "a data path that leads out",
      { "errata.json": { ...REQUEST, data: { path: "../plates" } } },
      /data\.path.*leads out/,
    ],
    ["a data path that is a URL", { "errata.json": { ...REQUEST, data: { path: "s3://b/k" } } }, /data\.path.*URL/],
    ["a recipe that leads out", { "errata.json": { ...REQUEST, subject: { recipe: "../r.json" } } }, /leads out/],
    ["a recipe that is not there", { "errata.json": { ...REQUEST, subject: { recipe: "r.json" } } }, /r\.json/],
    ["masks that are not there", { "errata.json": { ...REQUEST, task: "segmentation" } }, /data\.masks: No images/],
    [
      "a huge request",
      { "errata.json": `{"schema":"${"x".repeat(1_100_000)}"}` },
      /errata\.json: It has 1100013 bytes/,
    ],
    ["errata.json before its images", { "errata.json": REQUEST }, /No images were found/],
    [
      "a manifest before its images",
      { "errata.json": { ...REQUEST, data: { path: "m.csv" } }, "m.csv": "file,label\na.png,a" },
      /m\.csv: line 2: .*there is no file a\.png/s,
    ],
    ["a URL in a manifest", csv(...GOOD, "https://example.org/a.png,a"), /labels\.csv: line 6: .*URL/s],
    ["a way out in a manifest", csv(...GOOD, "../plates/1.png,a"), /labels\.csv: line 6: .*leads out/s],
    ["another team's key in a manifest", csv(...GOOD, "/datasets/plates/1.png,a"), /labels\.csv: line 6: .*absolute/s],
  ])("says so: %s", async (_, files, says) => {
    const failed = await submitted(files);
    expect(failed.says).toMatch(says);
    expect(failed.remedy ?? "").not.toBe("");
  });

  it("names the one bad line of 100,000", { timeout: 120_000 }, async () => {
    const LINES = 100_000;
    const BAD = 77_777;
    const lines = ["file,label"];
    for (let n = 0; n < LINES; n++) {
      const file = `${n % 2}/${n}.png`;
      lines.push(n === BAD ? "0/nowhere.png,0" : `${file},${n % 2}`);
      await world.store.put(`datasets/mugs/${file}`, new Uint8Array(1));
    }
    const started = performance.now();
    const failed = await submitted({
      "errata.json": { ...REQUEST, data: { path: "m.csv" } },
      "m.csv": lines.join("\n"),
    });
    expect(failed).toMatchObject({ file: "m.csv", field: `line ${BAD + 2}` });
    expect(failed.says).toContain("there is no file 0/nowhere.png");
    console.log(`a manifest of 100,000 lines was refused after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  });

  it("is told of where nothing but image bombs is left, and soon", { timeout: 120_000 }, async () => {
    const bomb = await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: "teal" } })
      .png()
      .toBuffer();
    expect(bomb.length).toBeLessThan((12_000 * 12_000) / 50);
    const failed = await submitted({
      "errata.json": REQUEST,
      "a/1.png": bomb,
      "a/2.png": bomb,
      "b/1.png": bomb,
      "b/2.png": await picture(1, 1),
      "b/3.png": await picture(1, 2),
    });
    expect(failed.says).toMatch(/megapixels/);
  });
});

describe("a request in the wrong place", () => {
  it.each([
    ["datasets/mugs/front/errata.json", "mugs-front", /not lie directly.*datasets\/mugs\/errata\.json/],
    ["datasets/../errata.json", "dataset", /cannot be a dataset's name.*datasets\/<name>\//],
    ["datasets/../../errata.json", "dataset", /not lie directly/],
    ["datasets//errata.json", "dataset", /cannot be a dataset's name/],
    [`datasets/${"x".repeat(300)}/errata.json`, "x".repeat(60), /longer than 200 bytes/],
    ["datasets/a\u0000b/errata.json", "a-b", /control characters/],
  ])("is told of, not dropped: %j", async (key, dataset, says) => {
    const [upload] = told(key);
    expect(upload.dataset).toBe(dataset);
    await openRun(ports, stages(), upload, DEFAULTS);
    const failed = await failureOf(upload);
    expect(failed.says).toMatch(says);
    expect(await workAll()).toBe(0);
  });

  it("opens nothing outside of the team's datasets", () => {
    for (const key of ["reports/mugs/errata.json", "errata.json", "other/datasets/mugs/errata.json"])
      expect(told(key), key).toEqual([]);
  });
});

describe("uploads at once", () => {
  const LATE = { ...REQUEST, effort: "lots" };

  it("of two versions open two runs, each told of once", async () => {
    await put({ "errata.json": LATE });
    const uploads = ["v1", "v2"].flatMap((version) => told("datasets/mugs/errata.json", { version }));
    const opened = await Promise.all(uploads.map((upload) => openRun(ports, stages(), upload, DEFAULTS)));
    expect(opened).toEqual([true, true]);
    expect(new Set(world.published).size).toBe(2);
    for (const { version } of uploads) {
      const run = runOf({ dataset: "mugs", version });
      expect(await world.store.exists(`reports/mugs/${run}/failed.json`)).toBe(true);
    }
  });

  it("of one version open one run, however often S3 tells of it", async () => {
    await put({ "errata.json": LATE });
    const uploads = Array.from({ length: 8 }, () => told("datasets/mugs/errata.json")[0]);
    const opening = async (upload: Upload, n: number) => {
      await sleep(n % 3);
      return openRun(ports, stages(), upload, DEFAULTS);
    };
    const opened = await Promise.all(uploads.map(opening));
    expect(opened.filter(Boolean)).toHaveLength(1);
    expect(new Set(world.published).size).toBe(1);
    expect(world.steps.size).toBe(1);
  });
});
