/** A schedule that calls a function once a minute. What a minute misses the next one does: no retries. */
import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

export class EveryMinute extends Construct {
  constructor(scope: Construct, id: string, { calls, says }: { calls: IFunction; says: string }) {
    super(scope, id);
    calls.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    new Rule(this, "Rule", {
      description: says,
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(calls, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
  }
}
