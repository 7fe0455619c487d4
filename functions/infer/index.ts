/** Predicts one pack: as a zip with the wasm engine, or as a container with tfjs-node. What that means is in src/pipeline/stages. */
import { stageDoorway } from "../shared/doorway.ts";

export const handler = await stageDoorway();
