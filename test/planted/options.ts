import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import type { EngineName } from "../../src/engine/types.ts";
import type { Case, SetName } from "./types.ts";

export interface Options {
  set: SetName;
  effort: string;
  engine: EngineName | "auto";
  case?: string;
  kind?: Case["kind"];
  limit?: number;
  scale: number;
  jobs: number;
  work: string;
  out: string;
  search: boolean;
  list?: boolean;
  costs?: boolean;
}

export const readOptions = (argv: string[]): Options =>
  new Command("npm run planted --")
    .description("Plants known faults in clean data and sound recipes, and checks that audits name them.")
    .addOption(
      new Option("--set <set>", "tune: rules may be tuned on it; final: they may not")
        .choices(["tune", "final"])
        .default("tune"),
    )
    .addOption(
      new Option("--effort <effort>", "of each audit").choices(["quick", "standard", "thorough"]).default("standard"),
    )
    .addOption(new Option("--engine <engine>", "of each audit").choices(["auto", "tensorflow", "wasm"]).default("auto"))
    .option("--case <pattern>", "only cases whose id matches this regular expression")
    .addOption(new Option("--kind <kind>", "only cases of this kind").choices(["fault", "pair", "decoy", "clean"]))
    .option("--limit <number>", "the first so many of them", Number)
    .option("--scale <fraction>", "part of the images that each base gives", Number, 1)
    .option("--jobs <number>", "audits at once", Number, availableParallelism())
    .option("--work <folder>", "where cases are kept: a run that was stopped goes on from there", "errata-out/planted")
    .option("--out <folder>", "where results go", "bench/results")
    .option("--no-search", "without the control by random search")
    .option("--costs", "audit nothing: train each case once, and print the errors that its faults cost")
    .option("--list", "print the cases and stop")
    .parse(argv, { from: "user" })
    .opts<Options>();
