/** Decodes, checks, measures and packs one shard. What that means is in src/pipeline/stages. */
import { stageDoorway } from "../shared/doorway.ts";

export const handler = await stageDoorway();
