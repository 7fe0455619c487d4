import { runKey } from "../stage.ts";

/** Where the stages keep what they make. Light to import: no engine comes with it. */
export const keys = {
  intake: (run: string) => runKey(run, "intake.json"),
  spool: (run: string, block: number) => runKey(run, "spool", `${block}.json`),
  listing: (run: string, shard: number) => runKey(run, "listing", `${shard}.json`),
  table: (run: string, shard: number) => runKey(run, "packs", `${shard}.arrow`),
  pixels: (run: string, shard: number) => runKey(run, "packs", `${shard}.pixels`),
  masks: (run: string, shard: number) => runKey(run, "packs", `${shard}.masks`),
  givenMasks: (run: string, block: number) => runKey(run, "masks", `${block}.bin`),
  predicted: (run: string, shard: number) => runKey(run, "predicted", `${shard}.bin`),
  features: (run: string, shard: number) => runKey(run, "features", `${shard}.f32`),
  given: (run: string, shard: number) => runKey(run, "given", `${shard}.f32`),
  probabilities: (run: string, shard: number) => runKey(run, "probabilities", `${shard}.f32`),
  beyond: (run: string, shard: number) => runKey(run, "beyond", `${shard}.f32`),
  perturbedPlaces: (run: string) => runKey(run, "perturbed.json"),
  perturbed: (run: string, shard: number) => runKey(run, "perturbed", `${shard}.f32`),
  screen: (run: string) => runKey(run, "screen.json"),
  says: (run: string) => runKey(run, "says.json"),
};

/** Where a finished report lies in the store. */
export const reportKey = (name: string, run: string): string => `reports/${name}/${run}`;
