/** Names that a team's stacks, functions and commands share. Nothing is imported but the list of stages. */
import type { STAGES } from "../../pipeline/stage-list.ts";

/** A team's name. */
export const TEAM = /^[a-z][a-z0-9-]{1,20}$/;

/** The queue that S3 tells of uploads, beside those of the stages. */
export const UPLOADS = "uploads";

export const stackOf = (team: string): string => `errata-${team}`;

/** Folder of a dataset in the team's bucket; its `errata.json`, uploaded last, opens a run. */
export const datasetFolder = (dataset: string): string => `datasets/${dataset}`;

/** The queue of a stage: GPU stages share one. */
export const queueOf = (stage: (typeof STAGES)[number]): string => (stage.runsOn === "gpu" ? "gpu" : stage.name);

/** The stack's outputs that name a queue. */
export function queueOutputs(queue: string): { url: string; deadLetters: string } {
  const titled = queue[0].toUpperCase() + queue.slice(1);
  return { url: `${titled}QueueUrl`, deadLetters: `${titled}DeadLettersUrl` };
}
