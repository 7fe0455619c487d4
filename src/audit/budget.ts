import type { View } from "../causes/view.ts";
import type { Recipe } from "../model/types.ts";
import { type Effort, mostOf, observationOf } from "./effort.ts";
import type { JobRequest } from "./job.ts";
import { type Arm, armJob, type Lab, timesOneRun } from "./lab.ts";

/** What an audit has asked for so far, and what it may ask for. Costs are in training runs of the subject. */
export interface Spent {
  view: View;
  recipe: Recipe;
  effort: Effort;
  jobs: Map<string, JobRequest>;
  /** A cause was confirmed: what lies behind it may cost more. */
  found: boolean;
}

/** A lab that keeps account of all that is asked of it. */
export const counting = (lab: Lab, spent: Spent): Lab => ({
  results(jobs) {
    for (const job of jobs) spent.jobs.set(`${job.name}#${job.seed}`, job);
    return lab.results(jobs);
  },
});

export const costOf = ({ view, recipe }: Spent, arms: Arm[], seeds: number): number =>
  timesOneRun(
    arms.flatMap((arm) => Array.from({ length: seeds }, (_, k) => armJob(view, arm, k))),
    view,
    recipe,
  );

export const soFar = ({ jobs, view, recipe, effort }: Spent): number =>
  timesOneRun(jobs.values(), view, recipe) + observationOf(effort);

/** What all may cost. @param further it is to settle what was left open */
export const limitOf = ({ effort, found }: Spent, further = found): number =>
  further ? mostOf(effort) : effort.maximumCost;

export const affords = (spent: Spent, arms: Arm[], seeds: number, further = spent.found): boolean =>
  soFar(spent) + costOf(spent, arms, seeds) <= limitOf(spent, further);

/** Whether the subject may be looked at anew as `working`, and one cause be confirmed on top. */
export const affordsObservation = (spent: Spent, working: Arm): boolean =>
  affords(spent, [working], observationOf(spent.effort) + 2 * spent.effort.freshSeeds);

export const tooDear = (what: string, cost: number, spent: Spent): string =>
  `${what} it costs about ${Math.max(1, Math.round(cost))} training runs more, which would pass the ${limitOf(spent)} that this effort allows.`;
