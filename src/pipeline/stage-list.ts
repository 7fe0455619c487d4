/** The stages of an audit, in order. Nothing else is imported here: `infra` reads this list to make one queue and one function a stage. */

export interface StageFacts {
  name: string;
  /** `function`: short work on one shard. `gpu`: long work, done by a worker that drains a queue. */
  runsOn: "function" | "gpu";
  /** How many items of a round may fail for good without ending the run: none, some (not all), or all of them. */
  mayFail: "none" | "some" | "all";
}

export const STAGES = [
  { name: "intake", runsOn: "function", mayFail: "none" },
  { name: "ingest", runsOn: "function", mayFail: "some" },
  { name: "train", runsOn: "gpu", mayFail: "some" },
  { name: "infer", runsOn: "function", mayFail: "some" },
  { name: "screen", runsOn: "function", mayFail: "some" },
  { name: "experiment", runsOn: "gpu", mayFail: "all" },
  { name: "report", runsOn: "gpu", mayFail: "none" },
] as const satisfies readonly StageFacts[];

export type StageName = (typeof STAGES)[number]["name"];

/** The facts of one stage. */
export function stageFacts(name: StageName): StageFacts {
  return STAGES.find((stage) => stage.name === name)!;
}
