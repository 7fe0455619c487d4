/** Tells when a month's cost nears the team's budget, and when it is forecast to pass it. */
import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { TEAM_TAG } from "../tags.ts";

const NEAR_PERCENT = 80;

export class Budget extends Construct {
  constructor(scope: Construct, id: string, { team, usd, topic }: { team: string; usd: number; topic: ITopic }) {
    super(scope, id);
    const notify = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
      notification: { notificationType, comparisonOperator: "GREATER_THAN", threshold, thresholdType: "PERCENTAGE" },
      subscribers: [{ subscriptionType: "SNS", address: topic.topicArn }],
    });
    new CfnBudget(this, "Monthly", {
      budget: {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: usd, unit: "USD" },
        // Counts once the tag is activated for cost allocation: see infra/README.md.
        costFilters: { TagKeyValue: [`user:${TEAM_TAG}$${team}`] },
      },
      notificationsWithSubscribers: [notify("ACTUAL", NEAR_PERCENT), notify("FORECASTED", 100)],
    });
  }
}
