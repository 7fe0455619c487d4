import { defineStage } from "../stage.ts";
import { replayProof } from "./audit.ts";
import { readIntake } from "./collected.ts";
import { planJobs } from "./results.ts";
import { workJob } from "./train.ts";

/** Rounds of training runs, until the proof asks for no more: it is replayed after each round over all results so far. */
export const experiment = defineStage("experiment", {
  async plan(context) {
    if (!(await readIntake(context)).recipe) return [];
    const outcome = await replayProof(context);
    return "pending" in outcome ? planJobs(context, outcome.pending) : [];
  },
  work: workJob,
});
