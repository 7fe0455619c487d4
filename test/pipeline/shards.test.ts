/** A shard is read by itself, whatever the format: the same images as from the whole dataset, and no listing of it. */
import { createHash } from "node:crypto";
import { pack as tarPack } from "tar-stream";
import { expect, it } from "vitest";
import { gather } from "../../src/dataset/bytes.ts";
import { openDataset } from "../../src/dataset/open.ts";
import type { DatasetSource, Files } from "../../src/dataset/types.ts";
import { contextOf, encodeJson, requestKey } from "../../src/pipeline/plan.ts";
import { readIntake } from "../../src/pipeline/stages/collected.ts";
import { intake } from "../../src/pipeline/stages/intake.ts";
import { openShard } from "../../src/pipeline/stages/source.ts";
import { encoded, memoryFiles } from "../dataset/fixtures.ts";
import { makeWorld } from "./memory.ts";

/** More than two shards of 500. */
const EACH = 515;
const hooks = { progress: () => {}, signal: new AbortController().signal };
const pictures = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((seed) => encoded(seed, "png", 8, 8)));
const images = Object.fromEntries(
  ["cup", "mug"].flatMap((name) =>
    Array.from({ length: EACH }, (_, n) => [
      `${name}/${String(n).padStart(4, "0")}.png`,
      pictures[n % pictures.length],
    ]),
  ),
);

async function tarOf(content: Record<string, Uint8Array>): Promise<Uint8Array> {
  const archive = tarPack();
  for (const [name, bytes] of Object.entries(content)) archive.entry({ name }, Buffer.from(bytes));
  archive.finalize();
  return gather(archive as AsyncIterable<Uint8Array>);
}

function idxOf(count: number): Record<string, Uint8Array> {
  const header = (magic: number, ...sides: number[]) => {
    const bytes = Buffer.alloc(4 + 4 * sides.length);
    for (const [at, value] of [magic, ...sides].entries()) bytes.writeUInt32BE(value, 4 * at);
    return bytes;
  };
  const pixels = Buffer.from(Array.from({ length: count * 64 }, (_, i) => (i * 31 + (i >> 6) * 7) % 251));
  const labels = Buffer.from(Array.from({ length: count }, (_, i) => i % 2));
  return {
    "train-images-idx3-ubyte": Buffer.concat([header(0x803, count, 8, 8), pixels]),
    "train-labels-idx1-ubyte": Buffer.concat([header(0x801, count), labels]),
  };
}

const csv = ["file,label", ...Object.keys(images).map((file) => `${file},${file.slice(0, 3)}`)].join("\n");

it.each<[string, string, () => Promise<Record<string, Uint8Array | string>>]>([
  ["folder", ".", async () => images],
  ["csv", ".", async () => ({ ...images, "labels.csv": csv })],
  ["tar", "all.tar", async () => ({ "all.tar": await tarOf(images) })],
  ["idx", ".", async () => idxOf(2 * EACH)],
])("%s", { timeout: 120_000 }, async (format, path, make) => {
  const files = memoryFiles(await make());
  let listings = 0;
  const counted: Files = {
    ...files,
    list: (prefix) => {
      listings++;
      return files.list(prefix);
    },
  };
  const world = { ...makeWorld(), dataset: () => counted };
  const input = {
    name: "d",
    location: "d",
    data: { path },
    subject: { kind: "default" },
    effort: "quick",
    seed: 7,
    engine: "wasm",
    startedAt: 0,
  };
  // The dataset that a run opened is kept by the process.
  const run = `shards-${format}`;
  await world.store.put(requestKey(run), encodeJson(input));
  const context = await contextOf(world, [], run, { stage: "intake", round: 0 });
  await intake.work(context, { id: "intake" }, hooks);
  const found = await readIntake(context);
  expect(found.shards.length).toBe(3);

  const whole = await openDataset(files, { path, seed: 7 });
  expect(whole.format).toBe(format);
  listings = 0;
  for (const [shard, [from, to]] of found.shards.entries()) {
    const own = await openShard(context, found, shard);
    expect(own.samples.slice(from, to)).toEqual(whole.samples.slice(from, to));
    expect(await imagesOf(own, from, to)).toEqual(await imagesOf(whole, from, to));
  }
  // Only IDX looks for its pairs of files, of which there is a handful.
  expect(listings).toBe(format === "idx" ? found.shards.length : 0);
});

/** Digests of the images as the source holds them. */
async function imagesOf(source: DatasetSource, from: number, to: number): Promise<string[]> {
  const digests: string[] = [];
  for await (const { index, image } of source.read(from, to)) {
    const bytes = image.kind === "encoded" ? image.bytes : image.kind === "pixels" ? image.pixels : new Uint8Array();
    digests.push(`${index} ${image.kind} ${createHash("sha256").update(bytes).digest("hex")}`);
  }
  return digests;
}
