import { createHash } from "node:crypto";
import { ingestShard } from "../../src/dataset/ingest.ts";
import { openDataset } from "../../src/dataset/open.ts";
import { encodePack, type PackRow } from "../../src/dataset/pack.ts";
import { openFiles } from "../../src/platform/local/files.ts";
import { random } from "../../src/random.ts";
import {
  addToJoint,
  addToThresholds,
  classThresholds,
  emptyThresholds,
  mergeJoints,
  mergeThresholds,
} from "../../src/stats/confident-joint.ts";
import { scoreLabels, usualConfidence } from "../../src/stats/label-score.ts";
import { labelThreshold, scoreHistogram } from "../../src/stats/label-threshold.ts";
import { cifar, part } from "../jpegs.ts";
import type { Line, Row } from "../types.ts";

const SHARDS = [1, 3, 50];

const cuts = (images: number, shards: number): [number, number][] =>
  Array.from({ length: shards }, (_, i) => [
    Math.floor((i * images) / shards),
    Math.floor(((i + 1) * images) / shards),
  ]);

/** Digest of what ingest leaves: rows in order, and pixels. */
async function ingested(folder: string, shards: number): Promise<{ digest: string; images: number }> {
  const source = await openDataset(openFiles(folder), { path: ".", seed: 1 });
  const images = source.samples.length;
  const shape = { height: 32, width: 32, channels: 3 as const };
  const rows: PackRow[] = [];
  const hash = createHash("sha256");
  for (const [from, to] of cuts(images, shards)) {
    const pack = await ingestShard(source, from, to, shape);
    rows.push(...pack.rows);
    hash.update(pack.pixels);
  }
  hash.update(encodePack({ shape, rows, pixels: new Uint8Array(0) }).table);
  return { digest: hash.digest("hex"), images };
}

/** Digest of everything that label issues are made of, shards merged in another order than they were cut in. */
function labelled(images: number, classes: number, shards: number): string {
  const chance = random(3);
  const labels = Int32Array.from({ length: images }, () => chance.int(classes));
  const probabilities = new Float32Array(images * classes);
  for (let i = 0; i < images; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes).map(() => 1 + chance.int(1000));
    if (chance.int(10) > 0) row[labels[i]] += 4000;
    const sum = row.reduce((total, value) => total + value, 0);
    probabilities.set(
      row.map((value) => value / sum),
      i * classes,
    );
  }
  const parts = cuts(images, shards).map(([from, to]) => ({
    labels: labels.subarray(from, to),
    probabilities: probabilities.subarray(from * classes, to * classes),
  }));
  const mixed = parts.map((_, i) => parts[(7 * i + 3) % parts.length]);
  let sketch = emptyThresholds(classes);
  for (const each of mixed) {
    const own = emptyThresholds(classes);
    addToThresholds(own, each.labels, each.probabilities);
    sketch = mergeThresholds(sketch, own);
  }
  const thresholds = classThresholds(sketch);
  let joint = new Float64Array(classes * classes);
  for (const each of mixed) {
    const own = new Float64Array(classes * classes);
    addToJoint(own, thresholds, each.labels, each.probabilities);
    joint = mergeJoints(joint, own) as typeof joint;
  }
  const usual = usualConfidence(sketch);
  const scores = parts.map((each) => scoreLabels(each.labels, each.probabilities, usual, 1.5));
  const histogram = scores
    .map(({ score }) => scoreHistogram(score))
    .reduce((sum, own) => sum.map((value, i) => value + own[i]));
  const hash = createHash("sha256")
    .update(thresholds)
    .update(joint)
    .update(Float64Array.of(labelThreshold(histogram)));
  for (const { score } of scores) hash.update(score);
  for (const { predicted } of scores) hash.update(predicted);
  return hash.digest("hex");
}

export const shards: Row = {
  name: "shards",
  title: "Results by the number of shards",
  async run(bench) {
    const folder = part(bench, "cifar", cifar(bench), bench.quick ? 10 : 100);
    const packs = [];
    for (const count of SHARDS) {
      bench.say(`${count} shards`);
      packs.push(await ingested(folder, count));
    }
    const images = bench.quick ? 1000 : 50_000;
    const issues = SHARDS.map((count) => labelled(images, 10, count));
    const one = (digests: string[]) => digests.every((digest) => digest === digests[0]);
    const says = `${SHARDS.join(", ")} shards`;
    return [
      {
        compares: `ingest of ${packs[0].images} images: hashes, measures, thumbnails, pixels are identical`,
        holds: one(packs.map(({ digest }) => digest)),
        figures: [says, `SHA-256 ${packs[0].digest.slice(0, 16)}`],
      },
      {
        compares: `label issues of ${images} images: thresholds, joint, scores, cut are identical`,
        holds: one(issues),
        figures: [says, `SHA-256 ${issues[0].slice(0, 16)}`],
      },
    ] satisfies Line[];
  },
};
