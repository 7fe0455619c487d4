/** Dashboard, alarms and budget of a team: a stack of its own, as none of it is needed for an audit. */
import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Alarms } from "./constructs/alarms.ts";
import { Budget } from "./constructs/budget.ts";
import { Dashboard } from "./constructs/dashboard.ts";
import type { TeamStack } from "./team-stack.ts";

export class WatchStack extends Stack {
  constructor(scope: Construct, id: string, { team, ...props }: StackProps & { team: TeamStack }) {
    super(scope, id, props);
    const { resources, uploads, gpuWork, functions } = team;
    const { settings, topic, queues } = resources;
    const work = Object.entries(queues).filter(([, { queue }]) => queue !== gpuWork.queue);
    new Dashboard(this, "Dashboard", {
      settings,
      queues: { uploads, ...Object.fromEntries(work), gpu: gpuWork },
      functions,
    });
    new Alarms(this, "Alarms", {
      topic,
      uploads,
      work: work.map(([, queue]) => queue),
      functions: Object.values(functions).map((each) => each.function),
      sweep: functions.sweep.function,
    });
    new Budget(this, "Budget", { team: settings.team, usd: settings.monthlyBudgetUsd, topic });
  }
}
