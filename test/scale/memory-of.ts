/**
 * `node --import tsx test/scale/memory-of.ts intake|collect IMAGES`: the real stage's part in a process of its own. Prints how
 * many bytes the process came to hold at most, and how long it took, as JSON.
 */
import { encodePack, type PackRow } from "../../src/dataset/pack.ts";
import { contextOf, encodeJson, requestKey } from "../../src/pipeline/plan.ts";
import type { ObjectStore } from "../../src/pipeline/ports.ts";
import { collect, writeJson } from "../../src/pipeline/stages/collected.ts";
import { intake } from "../../src/pipeline/stages/intake.ts";
import { keys } from "../../src/pipeline/stages/keys.ts";
import { random } from "../../src/random.ts";
import { makeWorld } from "../pipeline/memory.ts";
import { folderOf, inputFor } from "./simulate.ts";

const SHARD = 500;
const RUN = "memory";
/** As thumbnails of small pictures are, in bytes. */
const THUMBNAIL_BYTES = 800;

const [what, count] = process.argv.slice(2);
const images = Number(count);
const files = await folderOf(images);

/** Writes are forgotten and packs are made as they are read: what is measured is the stage, not the store. */
function forgetful(store: ObjectStore): ObjectStore {
  const isPack = (key: string) => key.includes("/packs/");
  return {
    ...store,
    put: async (key, bytes) => (key.includes("/listing/") ? undefined : store.put(key, bytes)),
    exists: async (key) => isPack(key) || store.exists(key),
    read: async (key) => (isPack(key) ? packTable(Number(/(\d+)\.arrow$/.exec(key)![1])) : store.read(key)),
  };
}

function packTable(shard: number): Uint8Array {
  const chance = random(shard + 1);
  const bytes = (length: number) => Uint8Array.from({ length }, () => chance.int(256));
  const rows = Array.from(
    { length: SHARD },
    (_, n): PackRow => ({
      index: shard * SHARD + n,
      file: `class-${n % 10}/${shard * SHARD + n}.png`,
      label: n % 10,
      split: n % 5 === 0 ? "test" : n % 5 === 1 ? "validation" : "train",
      hash: Buffer.from(bytes(32)).toString("hex"),
      perceptualHash: Buffer.from(bytes(8)).toString("hex"),
      signature: bytes(64),
      width: 8,
      height: 8,
      quality: { brightness: 1, contrast: 1, sharpness: 1, entropy: 1, warmth: 0, greenness: 0 },
      thumbnail: new Uint8Array(THUMBNAIL_BYTES),
    }),
  );
  return encodePack({ shape: { height: 1, width: 1, channels: 1 }, rows, pixels: new Uint8Array(0) }).table;
}

const world = makeWorld();
const ports = { ...world, store: forgetful(world.store), dataset: () => files };
await ports.store.put(requestKey(RUN), encodeJson(inputFor(RUN)));
const context = await contextOf(ports, [], RUN, { stage: "intake", round: 0 });
const started = performance.now();
if (what === "intake")
  await intake.work(context, { id: "intake" }, { progress: () => {}, signal: new AbortController().signal });
else {
  const shards = Array.from({ length: images / SHARD }, (_, n) => [n * SHARD, (n + 1) * SHARD]);
  const classes = Array.from({ length: 10 }, (_, k) => `class-${k}`);
  await writeJson(ports.store, keys.intake(RUN), {
    classes,
    shape: { height: 1, width: 1, channels: 1 },
    rejected: [],
    shards,
    recipe: {},
  });
  await collect(context);
}
const seconds = (performance.now() - started) / 1000;
// Kibibytes on Linux.
const peakBytes = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ seconds, peakBytes }));
