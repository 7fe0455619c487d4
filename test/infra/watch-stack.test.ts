import { beforeAll, expect, it } from "vitest";
import { resources, type Templates, templatesOf } from "./synth.ts";

let watch: Templates["watch"];
beforeAll(() => {
  ({ watch } = templatesOf());
});

it("every alarm says what to do, tells the team, and is quiet while the team is idle", () => {
  const alarms = Object.values(resources(watch, "AWS::CloudWatch::Alarm"));
  expect(alarms).toHaveLength(4);
  for (const { Properties } of alarms) {
    expect(Properties.AlarmDescription.length).toBeGreaterThan(40);
    expect(Properties.AlarmActions).toHaveLength(1);
    expect(Properties.TreatMissingData).toBe("notBreaching");
  }
});

it("the dashboard shows waiting, items left, failures, GPU jobs and cost", () => {
  const [{ Properties }] = Object.values(resources(watch, "AWS::CloudWatch::Dashboard"));
  const body = JSON.stringify(Properties.DashboardBody);
  for (const title of [
    "Items left",
    "Age of the oldest message",
    "failed for good",
    "GPU jobs by state",
    "Estimated cost",
  ])
    expect(body).toContain(title);
});

it("the budget counts this team's tag and warns before it is used up", () => {
  watch.hasResourceProperties("AWS::Budgets::Budget", {
    Budget: { BudgetLimit: { Amount: 100, Unit: "USD" }, CostFilters: { TagKeyValue: ["user:errata-team$vision"] } },
  });
});
