/** One page that says whether anything moves, what fails and what it costs. */
import { Duration } from "aws-cdk-lib";
import {
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  Dashboard as Page,
  Stats,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { GPU_INSTANCES } from "../../src/platform/aws/gpu-instances.ts";
import type { Settings } from "../../src/platform/aws/team-settings.ts";
import { serviceName } from "../tags.ts";

const MINUTE = Duration.minutes(1);
const HOUR = Duration.hours(1);
const ACTIVE = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"];
/** x86-64, us-east-1, as listed in 2026. */
const USD_PER_GIB_SECOND = 0.0000166667;

export interface DashboardProps {
  settings: Settings;
  queues: Readonly<Record<string, { queue: IQueue; deadLetters: IQueue }>>;
  functions: Readonly<Record<string, { function: IFunction; memoryMiB: number }>>;
}

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { settings, queues, functions }: DashboardProps) {
    super(scope, id);
    const each = Object.entries(queues);
    const page = new Page(this, "Page", { defaultInterval: HOUR });
    const row = (...graphs: { title: string; left: IMetric[]; stacked?: boolean }[]) =>
      page.addWidgets(...graphs.map((graph) => new GraphWidget({ ...graph, width: 24 / graphs.length })));

    const title = `# Errata, team ${settings.team}\n\`npx errata status <run> --team ${settings.team} --watch\` shows a single run.`;
    page.addWidgets(new TextWidget({ markdown: title, width: 24, height: 2 }));
    row(
      {
        title: "Items left",
        left: each.map(([label, { queue }]) =>
          queue.metricApproximateNumberOfMessagesVisible({ label, period: MINUTE }),
        ),
        stacked: true,
      },
      {
        title: "Age of the oldest message, seconds",
        left: each.map(([label, { queue }]) => queue.metricApproximateAgeOfOldestMessage({ label, period: MINUTE })),
      },
    );
    row(
      {
        title: "Items that failed for good, by stage",
        left: ["ItemsFailed", "BrokenMessages"].map((metric) => searchByStage(settings, metric)),
      },
      {
        title: "Dead letters",
        left: each.map(([label, { deadLetters }]) =>
          deadLetters.metricApproximateNumberOfMessagesVisible({ label, period: MINUTE }),
        ),
      },
      {
        title: "Functions: errors and throttles",
        left: Object.entries(functions).flatMap(([name, { function: each }]) => [
          each.metricErrors({ label: `${name}: errors`, period: MINUTE }),
          each.metricThrottles({ label: `${name}: throttles`, period: MINUTE }),
        ]),
      },
    );
    row(
      {
        title: "GPU jobs by state",
        left: ACTIVE.map((state) => ofFleet(settings, `GpuJobs${state}`, MINUTE).with({ label: state.toLowerCase() })),
        stacked: true,
      },
      {
        title: "Estimated cost, USD an hour (list prices, on demand)",
        left: costs(settings, functions),
        stacked: true,
      },
    );
  }
}

/** Each team's processes carry the team's name as their service, so that teams of one account are told apart. */
function ofFleet({ team }: Settings, metricName: string, period: Duration): Metric {
  const dimensionsMap = { service: serviceName(team) };
  return new Metric({ namespace: "Errata", metricName, dimensionsMap, statistic: Stats.MAXIMUM, period });
}

function searchByStage({ team }: Settings, metricName: string): MathExpression {
  const terms = `{Errata,service,stage} MetricName="${metricName}" service="${serviceName(team)}"`;
  return new MathExpression({
    expression: `SEARCH('${terms}', 'Sum', 60)`,
    usingMetrics: {},
    label: "",
    period: MINUTE,
  });
}

function costs(settings: Settings, functions: DashboardProps["functions"]): MathExpression[] {
  const gpuUsd = Math.max(...settings.gpu.instanceClasses.map((name) => GPU_INSTANCES[name].usdPerHour));
  const gpu = new MathExpression({
    expression: `jobs * ${gpuUsd}`,
    usingMetrics: { jobs: ofFleet(settings, "GpuJobsRUNNING", HOUR).with({ statistic: Stats.AVERAGE }) },
    label: "GPU instances",
    period: HOUR,
  });
  const usingMetrics: Record<string, IMetric> = {};
  const terms = Object.entries(functions).map(([name, { function: each, memoryMiB }]) => {
    usingMetrics[name] = each.metricDuration({ statistic: Stats.SUM, period: HOUR });
    return `FILL(${name}, 0) * ${((memoryMiB / 1024 / 1000) * USD_PER_GIB_SECOND).toFixed(15)}`;
  });
  return [gpu, new MathExpression({ expression: terms.join(" + "), usingMetrics, label: "Functions", period: HOUR })];
}
