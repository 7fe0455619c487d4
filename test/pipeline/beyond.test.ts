import { expect, it } from "vitest";
import { encodePack, type PackRow } from "../../src/dataset/pack.ts";
import type { StageContext } from "../../src/pipeline/stage.ts";
import { judgeBeyond } from "../../src/pipeline/stages/beyond.ts";
import { type Collected, writeFloats } from "../../src/pipeline/stages/collected.ts";
import { keys } from "../../src/pipeline/stages/keys.ts";
import { random } from "../../src/random.ts";
import { findLabelIssues } from "../../src/stats/label-issues.ts";
import { memoryStore } from "./memory.ts";

const CLASSES = ["cup", "mug", "jug"];
const SHARDS = [400, 1, 599];

const row = (index: number, label: number, beyond: boolean): PackRow => ({
  ...{ index, file: `${index}.png`, label, split: index % 3 === 0 ? "test" : "train", hash: `${index}` },
  ...{ perceptualHash: "0", signature: new Uint8Array(256), width: 1, height: 1, thumbnail: new Uint8Array(0) },
  quality: { brightness: 0, contrast: 0, sharpness: 0, entropy: 0, warmth: 0, greenness: 0 },
  ...(beyond && { beyond }),
});

/** Every fifth image belongs to the audit set; of the others the probabilities are kept. */
async function run(kind: string) {
  const chance = random(5);
  const store = memoryStore();
  const context = { run: "r", store } as unknown as StageContext;
  const judged: { row: PackRow; p: number[] }[] = [];
  let index = 0;
  let beyond = 0;
  for (const [shard, images] of SHARDS.entries()) {
    const rows: PackRow[] = [];
    const values: number[] = [];
    for (let i = 0; i < images; i++, index++) {
      const label = chance.int(3);
      rows.push(row(index, label, index % 5 !== 0));
      if (index % 5 === 0) continue;
      beyond++;
      const said = chance.float() < 0.12 ? (label + 1) % 3 : label;
      const sure = 0.5 + chance.float() / 2;
      const p = CLASSES.map((_, k) => Math.fround(k === said ? sure : (1 - sure) / 2));
      values.push(...p);
      if (kind !== "model" || rows[i].split === "test") judged.push({ row: rows[i], p });
    }
    const shape = { height: 1, width: 1, channels: 1 as const };
    await store.put(keys.table("r", shard), encodePack({ shape, rows, pixels: new Uint8Array(images) }).table);
    await writeFloats(store, keys.beyond("r", shard), Float32Array.from(values));
  }
  const intake = { classes: CLASSES, subject: { kind } };
  const found = await judgeBeyond(context, { intake, beyond, shards: SHARDS } as unknown as Collected);
  return { found, judged, beyond };
}

it.each(["recipe", "model"])(
  "judges images beyond the audit set, shard by shard, as all at once (%s)",
  async (kind) => {
    const { found, judged, beyond } = await run(kind);
    const labels = judged.map(({ row: { label } }) => label);
    const whole = findLabelIssues(
      labels,
      judged.flatMap(({ p }) => p),
      CLASSES.length,
    );
    const suspects = judged
      .map(({ row: { file } }, i) => ({ file, label_score: whole.score[i], predicted: CLASSES[whole.predicted[i]] }))
      .filter((_, i) => whole.isIssue[i] === 1);
    expect(suspects.length).toBeGreaterThan(10);
    expect(found).toMatchObject({ images: beyond, judged: judged.length, suspect: suspects.length });
    const listed = found?.worst.map((each) => ({
      ...{ file: each.file, label_score: each.label_score, predicted: each.predicted_label },
    }));
    const byFile = (a: { file: string }, b: { file: string }) => (a.file < b.file ? -1 : 1);
    expect(listed?.sort(byFile)).toEqual(suspects.sort(byFile));
  },
);
