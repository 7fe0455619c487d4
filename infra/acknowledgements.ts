/** Findings of cdk-nag that stand, each with its reason. What is not listed here ends the synthesis. */
import { Stack, Validations } from "aws-cdk-lib";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { IConstruct } from "constructs";
import { CACHE, DATASETS, REPORTS, RUNS } from "./constructs/dataset-bucket.ts";
import type { GpuStack } from "./gpu-stack.ts";
import type { TeamStack } from "./team-stack.ts";

function accept(scope: IConstruct, id: string, reason: string): void {
  Validations.of(scope).acknowledge({ id, reason });
}

export function acknowledge({ team, gpu }: { team: TeamStack; gpu: GpuStack }): void {
  acknowledgeBucket(team);
  acknowledgeQueues(team);
  acknowledgeTopic(team);
  acknowledgeFunctions(team, gpu);
  acknowledgeFleet(gpu);
}

function acknowledgeBucket(team: TeamStack): void {
  const bucket = team.resources.bucket as Bucket;
  accept(
    bucket,
    "AwsSolutions::AwsSolutions-S1",
    "Access logs would be a second bucket to guard and to delete. Who needs them turns on CloudTrail data events, which name the caller too.",
  );
  const logicalId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as never);
  const roles = [...Object.values(team.functions).map(({ role }) => role), team.workerRole];
  for (const role of roles) {
    for (const prefix of [DATASETS, REPORTS, RUNS, CACHE]) {
      accept(
        role,
        `AwsSolutions::AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/${prefix}*]`,
        `Objects below ${prefix} are not known beforehand. The actions are written out, and no other prefix is reached.`,
      );
    }
  }
}

function acknowledgeQueues(team: TeamStack): void {
  const queues = new Set([team.uploads, ...Object.values(team.resources.queues)]);
  for (const { deadLetters } of queues) {
    accept(deadLetters, "Serverless::Serverless-SQSRedrivePolicy", "It is the queue of dead letters.");
  }
}

function acknowledgeTopic(team: TeamStack): void {
  accept(
    team.resources.topic,
    "Serverless::Serverless-SNSRedrivePolicy",
    "Mail for people. What it says stands in latest.json, in failed.json or at the alarm too.",
  );
}

function acknowledgeFunctions(team: TeamStack, gpu: GpuStack): void {
  const stages = Object.entries(team.functions).flatMap(([name, bundled]) => (name === "sweep" ? [] : [bundled]));
  for (const { function: each } of stages) {
    const reason = "SQS calls it and keeps what fails: after five tries among the dead letters of the queue.";
    accept(each, "Serverless::Serverless-LambdaDLQ", reason);
    accept(each, "Serverless::Serverless-LambdaEventSourceMappingDestination", reason);
  }
  for (const { function: each } of [team.functions.sweep, gpu.starter]) {
    const reason =
      "A schedule calls it every minute, with nothing in the event: the next call does what this one did not.";
    accept(each, "Serverless::Serverless-LambdaDLQ", reason);
    accept(each, "Serverless::Serverless-LambdaAsyncFailureDestination", reason);
  }
  for (const schedule of [team.schedule, gpu.schedule]) {
    accept(schedule, "Serverless::Serverless-EventBusDLQ", "The next minute calls again.");
  }
  for (const { role } of [...Object.values(team.functions), gpu.starter]) {
    accept(
      role,
      "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
      "X-Ray's PutTraceSegments and PutTelemetryRecords, and Batch's ListJobs, know no resources.",
    );
  }
}

function acknowledgeFleet(gpu: GpuStack): void {
  accept(
    gpu.failureRule,
    "Serverless::Serverless-EventBusDLQ",
    "A notification for people. What the worker left is in its queue; the job's state is in Batch.",
  );
  accept(
    gpu.fleet,
    "AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]",
    "What AWS keeps for instances that the ECS agent runs on: the agent's needs change with its versions. Jobs have a role of their own.",
  );
  accept(
    gpu.fleet,
    "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
    "The execution role's ecr:GetAuthorizationToken knows no resources.",
  );
}
