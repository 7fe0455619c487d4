import { groupDuplicates } from "../../dataset/duplicates.ts";
import { decodePack, type PackRow } from "../../dataset/pack.ts";
import type { Pixels } from "../../audit/run-job.ts";
import type { Ingested } from "../../audit/observe.ts";
import type { Column, Features, Samples } from "../../causes/view.ts";
import type { ImageShape, Rejected } from "../../dataset/types.ts";
import type { Recipe } from "../../model/types.ts";
import { runKey, type StageContext } from "../stage.ts";
import { inputOf } from "./input.ts";

/** What intake found out, kept for all later stages. */
export interface Intake {
  classes: string[];
  shape: ImageShape;
  format: string;
  splits: "given" | "made";
  rejected: Rejected[];
  /** First and one past the last sample of each shard. */
  shards: [number, number][];
  recipe?: Recipe;
  subject: { kind: "recipe" | "model" | "predictions"; says: string };
  engine: { name: "tensorflow" | "wasm"; version: string };
}
