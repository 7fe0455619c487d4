import { ingestShard, type ShardMasks } from "../../dataset/ingest.ts";
import { decodeMasks } from "../../dataset/masks/stored.ts";
import { encodePack } from "../../dataset/pack.ts";
import { defineStage, once, type StageContext } from "../stage.ts";
import { type Intake, readIntake } from "./collected.ts";
import { keys } from "./keys.ts";
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
    const masks = intake.task === "segmentation" ? await givenMasks(context, intake, shard) : undefined;
    const pack = encodePack(await ingestShard(source, from, to, intake.shape, { masks }));
    if (pack.masks) await context.store.put(keys.masks(context.run, shard), pack.masks);
    await context.store.put(keys.pixels(context.run, shard), pack.pixels);
    await context.store.put(keys.table(context.run, shard), pack.table);
  },
});

/** The masks of a shard's images as intake kept them: those of a few blocks. */
async function givenMasks(context: StageContext, { classes }: Intake, shard: number): Promise<ShardMasks> {
  const blocks = new Map<number, ReturnType<typeof decodeMasks>>();
  for (const { mask } of await readListing(context, shard)) {
    const [block] = mask!;
    if (!blocks.has(block))
      blocks.set(block, decodeMasks(await context.store.read(keys.givenMasks(context.run, block))));
  }
  return { classes: classes.length, of: ({ mask }) => blocks.get(mask![0])!(mask![1]) };
}
