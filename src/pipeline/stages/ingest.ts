import { ingestShard, type ShardMasks } from "../../dataset/ingest.ts";
import { encodePack } from "../../dataset/pack.ts";
import { defineStage, once } from "../stage.ts";
import { readIntake } from "./collected.ts";
import { keys } from "./keys.ts";
import { openGivenMasks } from "./masks.ts";
import { openShard, readListing } from "./source.ts";

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
    const source = await openShard(context, intake, shard);
    const masks: ShardMasks | undefined = intake.task && {
      classes: intake.classes.length,
      of: await openGivenMasks(context, await readListing(context, shard)),
    };
    const pack = encodePack(await ingestShard(source, from, to, intake.shape, { masks }));
    if (pack.masks) await context.store.put(keys.masks(context.run, shard), pack.masks);
    await context.store.put(keys.pixels(context.run, shard), pack.pixels);
    await context.store.put(keys.table(context.run, shard), pack.table);
  },
});
