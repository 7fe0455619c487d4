/** Merges one shard's sketches and flags suspicions. What that means is in src/pipeline/stages. */
import { stageDoorway } from "../shared/doorway.ts";

export const handler = await stageDoorway();
