import { ingestShard } from "../../dataset/ingest.ts";
import { encodePack } from "../../dataset/pack.ts";
import { defineStage, once } from "../stage.ts";
import { readIntake } from "./collected.ts";
import { keys } from "./keys.ts";
import { openShard } from "./source.ts";

/** Decodes, checks and measures each shard's images once, and packs them; later stages touch packs only. */
export const ingest = defineStage("ingest", {
  plan: once(async (context) =>
    (await readIntake(context)).shards.map((_, shard) => ({ id: `shard-${shard}`, shard })),
  ),

  async work(context, item, hooks) {
    const shard = item.shard as number;
    const intake = await readIntake(context);
    const [from, to] = intake.shards[shard];
    hooks.progress(`images ${from}-${to}`);
    const pack = encodePack(await ingestShard(await openShard(context, intake, shard), from, to, intake.shape));
    await context.store.put(keys.pixels(context.run, shard), pack.pixels);
    await context.store.put(keys.table(context.run, shard), pack.table);
  },
});
