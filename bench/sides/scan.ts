/** Ingests a part of a folder of images as the ingest stage does, and leaves the pack's table in a file. */
import { writeFileSync } from "node:fs";
import { ingestShard } from "../../src/dataset/ingest.ts";
import { openDataset } from "../../src/dataset/open.ts";
import { encodePack } from "../../src/dataset/pack.ts";
import { openFiles } from "../../src/platform/local/files.ts";
import { optionsOf, serve } from "./serve.ts";

/** Images in a shard, as the intake stage cuts them. */
const SHARD = 500;

const { folder, part, parts, out } = optionsOf<{ folder: string; part: number; parts: number; out: string }>();

await serve(async () => {
  const source = await openDataset(openFiles(folder), { path: ".", seed: 1 });
  const shape = { height: 32, width: 32, channels: 3 as const };
  const shards = Math.ceil(source.samples.length / SHARD);
  let images = 0;
  for (let shard = part; shard < shards; shard += parts) {
    const to = Math.min(source.samples.length, (shard + 1) * SHARD);
    const pack = await ingestShard(source, shard * SHARD, to, shape);
    writeFileSync(`${out}-${shard}.arrow`, encodePack(pack).table);
    images += pack.rows.length;
  }
  return { images };
});
