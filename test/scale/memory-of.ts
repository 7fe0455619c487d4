/**
 * `node --import tsx test/scale/memory-of.ts intake|screen|report FOLDER IMAGES`: a real stage in a process of its own, over a store
 * in a folder. Prints how many bytes the process came to hold at most, and how long it took, as JSON. `packs` in place of a stage
 * writes what ingest and infer would have written of the images that intake listed: without any image, and quickly.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { encodePack, type PackRow } from "../../src/dataset/pack.ts";
import type { Sample } from "../../src/dataset/types.ts";
import { contextOf, encodeJson, requestKey } from "../../src/pipeline/plan.ts";
import type { StageContext } from "../../src/pipeline/stage.ts";
import { readIntake, readJson, writeFloats, writeJson } from "../../src/pipeline/stages/collected.ts";
import { intake } from "../../src/pipeline/stages/intake.ts";
import { keys } from "../../src/pipeline/stages/keys.ts";
import { report } from "../../src/pipeline/stages/report.ts";
import { screen } from "../../src/pipeline/stages/screen.ts";
import { openStore } from "../../src/platform/local/store.ts";
import { type Random, random } from "../../src/random.ts";
import { makeWorld } from "../pipeline/memory.ts";
import { folderOf, inputFor } from "./simulate.ts";

const RUN = "memory";
/** Of so many images one is given another label than its model sees in it. */
const WRONG = 20;

const [what, folder, count] = process.argv.slice(2);
const images = Number(count);
const store = openStore(join(folder, "objects"), join(folder, "tmp"));
const files = await folderOf(images);
const ports = { ...makeWorld(), store, dataset: () => files };
if (what === "intake") await store.put(requestKey(RUN), encodeJson(inputFor(RUN)));
const context = await contextOf(ports, [], RUN, { stage: what, round: 0 });
const hooks = { progress: () => {}, signal: new AbortController().signal };

const started = performance.now();
const stage = [intake, screen, report].find(({ name }) => name === what);
await (stage ? stage.work(context, { id: what }, hooks) : writePacks(context));
const seconds = (performance.now() - started) / 1000;
// Kibibytes on Linux.
const peakBytes = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ seconds, peakBytes }));

/** Packs and probabilities of all shards; from then on the subject is a table of predictions, so that nothing is to be trained. */
async function writePacks(context: StageContext): Promise<void> {
  const found = await readIntake(context);
  for (const shard of found.shards.keys()) {
    const chance = random(shard + 1);
    const take = bytesOf(shard);
    const samples = await readJson<Sample[]>(store, keys.listing(RUN, shard));
    const rows = samples.map((sample, i) => packRow(sample, found.shards[shard][0] + i, take));
    const shape = { height: 1, width: 1, channels: 1 as const };
    await store.put(keys.table(RUN, shard), encodePack({ shape, rows, pixels: new Uint8Array(0) }).table);
    const classes = found.classes.length;
    const audited = samples.filter(({ beyond }) => !beyond);
    const beyond = samples.filter((sample) => sample.beyond);
    if (audited.length > 0)
      await writeFloats(store, keys.probabilities(RUN, shard), predictionsOf(audited, classes, chance));
    if (beyond.length > 0) await writeFloats(store, keys.beyond(RUN, shard), predictionsOf(beyond, classes, chance));
  }
  await writeJson(store, keys.intake(RUN), {
    ...found,
    recipe: undefined,
    subject: { kind: "predictions", says: "the predictions" },
  });
}

function packRow(sample: Sample, index: number, take: (length: number) => Uint8Array): PackRow {
  return {
    ...sample,
    index,
    hash: Buffer.from(take(32)).toString("hex"),
    perceptualHash: Buffer.from(take(8)).toString("hex"),
    signature: take(256),
    width: 8,
    height: 8,
    quality: { brightness: take(1)[0] / 255, contrast: 1, sharpness: 1, entropy: 1, warmth: 0, greenness: 0 },
    thumbnail: take(300),
  };
}

/** Half a mebibyte of bytes that are the same for a seed. */
function bytesOf(seed: number): (length: number) => Uint8Array {
  const bytes = createHash("shake256", { outputLength: 1 << 19 })
    .update(String(seed))
    .digest();
  let at = 0;
  return (length) => bytes.subarray(at, (at += length));
}

function predictionsOf(samples: readonly Sample[], classes: number, chance: Random): Float32Array {
  const values = new Float32Array(samples.length * classes);
  samples.forEach(({ label }, i) => {
    const seen = chance.int(WRONG) === 0 ? chance.int(classes) : label;
    const sure = 0.5 + 0.49 * chance.float();
    values.fill((1 - sure) / (classes - 1), i * classes, (i + 1) * classes);
    values[i * classes + seen] = sure;
  });
  return values;
}
