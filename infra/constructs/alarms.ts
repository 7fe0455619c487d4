/** What a person has to look at. Runs that fail tell so themselves; these are for what keeps them from running at all. */
import { Duration } from "aws-cdk-lib";
import {
  type Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

const FIVE_MINUTES = Duration.minutes(5);
/** Messages of functions older than this wait for something that does not come. */
const OLDEST_SECONDS = 3600;

export interface AlarmsProps {
  topic: ITopic;
  uploads: { deadLetters: IQueue };
  /** Work of functions; GPU work may wait for an instance. */
  work: readonly { queue: IQueue }[];
  functions: readonly IFunction[];
  sweep: IFunction;
}

export class Alarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: AlarmsProps,
  ) {
    super(scope, id);
    const { uploads, work, functions, sweep } = props;
    this.alarm("UploadLost", {
      says: "An upload of errata.json could not be taken in. It waits among the dead letters: see infra/README.md.",
      metric: uploads.deadLetters.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
      threshold: 1,
    });
    this.alarm("SweepFails", {
      says: "Runs under way could not be looked after for a quarter of an hour. The sweep function's log says why.",
      metric: sweep.metricErrors({ period: FIVE_MINUTES }),
      threshold: 4,
      periods: 3,
    });
    this.alarm("WorkWaits", {
      says: "Messages have waited for more than an hour. The functions' logs say why.",
      metric: mathOf(
        "MAX",
        work.map(({ queue }) => queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES })),
      ),
      threshold: OLDEST_SECONDS,
    });
    this.alarm("FunctionsFail", {
      says: "Functions end in errors. Their logs say why; the queues hand their messages out again.",
      metric: mathOf(
        "SUM",
        functions.map((each) => each.metricErrors({ period: FIVE_MINUTES, statistic: Stats.SUM })),
      ),
      threshold: 5,
      periods: 2,
    });
  }

  private alarm(
    id: string,
    { says, metric, threshold, periods = 1 }: { says: string; metric: IMetric; threshold: number; periods?: number },
  ): Alarm {
    const alarm = (metric as MathExpression).createAlarm(this, id, {
      alarmDescription: says,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // An idle team has no figures, and nothing is wrong.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.props.topic));
    return alarm;
  }
}

function mathOf(operator: "MAX" | "SUM", metrics: IMetric[]): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, n) => [`m${n}`, metric]));
  const expression = `${operator}([${Object.keys(usingMetrics).join(", ")}])`;
  return new MathExpression({ expression, usingMetrics, period: FIVE_MINUTES });
}
