import { expect, it } from "vitest";
import { jobDigest } from "../../src/audit/job.ts";
import { encodePack, type PackRow } from "../../src/dataset/pack.ts";
import type { StageContext } from "../../src/pipeline/stage.ts";
import { engineKey, observation, usualBaseline } from "../../src/pipeline/stages/audit.ts";
import { writeJson } from "../../src/pipeline/stages/collected.ts";
import { keys } from "../../src/pipeline/stages/keys.ts";
import { writeResult } from "../../src/pipeline/stages/results.ts";
import { SOUND } from "../causes/views.ts";
import { memoryStore } from "./memory.ts";

const IMAGES = 80;
const CLASSES = ["a", "b", "c", "d"];

const row = (index: number): PackRow => ({
  ...{ index, file: `${index}.png`, label: index % 4, split: index < 40 ? "train" : "test", hash: `${index}` },
  ...{ perceptualHash: "0", signature: new Uint8Array(256), width: 1, height: 1, thumbnail: new Uint8Array(0) },
  quality: { brightness: 0, contrast: 0, sharpness: 0, entropy: 0, warmth: 0, greenness: 0 },
});

/** An audit whose baselines got so many of the 40 test images wrong, one a seed; `undefined` where that run failed. */
async function audited(run: string, wrong: (number | undefined)[]) {
  const store = memoryStore();
  const request = {
    ...{ name: "data", location: ".", data: { path: "." }, subject: { kind: "default" } },
    ...{ effort: "standard", seed: 7, engine: "auto", startedAt: 0 },
  };
  const context = { run, store, request, history: async () => [] } as unknown as StageContext;
  const shape = { height: 1, width: 1, channels: 1 as const };
  const rows = Array.from({ length: IMAGES }, (_, index) => row(index));
  await store.put(keys.table(run, 0), encodePack({ shape, rows, pixels: new Uint8Array(IMAGES) }).table);
  await writeJson(store, keys.intake(run), {
    ...{
      format: "folder",
      path: ".",
      classes: CLASSES,
      images: { train: 40, validation: 0, test: 40 },
      audited: IMAGES,
    },
    ...{ splits: "given", rejected: [], shape, shards: [[0, IMAGES]], recipe: SOUND },
    ...{ subject: { kind: "recipe", says: "" }, engine: { name: "wasm", version: "1" } },
  });
  const { collected, baselines } = await observation(context);
  const digests = baselines.map((job) => jobDigest(job, collected.data.samples.hashes, engineKey(collected.intake)));
  for (const [seed, errors] of wrong.entries()) {
    if (errors === undefined) continue;
    const probabilities = new Float32Array(baselines[seed].predict.length * CLASSES.length);
    baselines[seed].predict.forEach((at, i) => {
      const said = i < errors ? (at + 1) % 4 : at % 4;
      probabilities[i * CLASSES.length + said] = 1;
    });
    const result = { curve: [], diverged: false, parameters: 0, steps: 0, probabilities };
    await writeResult(store, digests[seed], result);
  }
  return { digests, usual: await usualBaseline(context) };
}

it.each<[string, (number | undefined)[], number | undefined]>([
  ["the one that errs as often as the middle one of three seeds", [2, 20, 9], 2],
  ["the worse of two, where one failed", [undefined, 4, 30], 2],
  ["the only one", [undefined, 4, undefined], 1],
  ["none where none came to an end", [], undefined],
])("the model that is asked about changed copies is %s", async (name, wrong, expected) => {
  const { digests, usual } = await audited(name, wrong);
  expect(digests).toHaveLength(3);
  expect(usual).toBe(expected === undefined ? undefined : digests[expected]);
});
