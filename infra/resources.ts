/** What a team's processes work with, how they are told of it, and what they may do with it: each action written out. */

import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { STAGES, type StageName } from "../src/pipeline/stage-list.ts";
import { MAX_RECEIVES } from "../src/platform/aws/function-sizes.ts";
import type { Settings } from "../src/platform/aws/team-settings.ts";
import { CACHE, DATASETS, REPORTS, RUNS } from "./constructs/dataset-bucket.ts";
import { serviceName } from "./tags.ts";

export interface TeamResources {
  settings: Settings;
  bucket: IBucket;
  table: ITableV2;
  topic: ITopic;
  /** GPU stages share one. */
  queues: Record<StageName, { queue: IQueue; deadLetters: IQueue }>;
}

/** Environment of every process; `src/platform/aws` reads it. */
export function environmentOf({ settings, bucket, table, topic, queues }: TeamResources): Record<string, string> {
  const environment: Record<string, string> = {
    ERRATA_TEAM: settings.team,
    POWERTOOLS_SERVICE_NAME: serviceName(settings.team),
    ERRATA_BUCKET: bucket.bucketName,
    ERRATA_TABLE: table.tableName,
    ERRATA_TOPIC: topic.topicArn,
    ERRATA_MAX_RECEIVES: String(MAX_RECEIVES),
    ERRATA_RETENTION_DAYS: String(settings.retentionDays),
    ERRATA_DEADLINE_MINUTES: String(settings.deadlineMinutes),
    ERRATA_WORKER_ENGINE: settings.gpu.engine,
  };
  for (const { name } of STAGES) {
    environment[`ERRATA_QUEUE_${name.toUpperCase()}`] = queues[name].queue.queueUrl;
    environment[`ERRATA_DEAD_LETTERS_${name.toUpperCase()}`] = queues[name].deadLetters.queueUrl;
  }
  return environment;
}

const unique = <T>(values: T[]) => [...new Set(values)];

/** To work an item and drive its run on: objects, the ledger, messages to any stage, the announcement of an end. */
export function workStatements({ bucket, table, topic, queues }: TeamResources): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: "ReadObjects",
      actions: ["s3:GetObject"],
      resources: [DATASETS, REPORTS, RUNS, CACHE].map((prefix) => bucket.arnForObjects(`${prefix}*`)),
    }),
    new PolicyStatement({
      sid: "WriteObjects",
      actions: ["s3:PutObject"],
      resources: [REPORTS, RUNS, CACHE].map((prefix) => bucket.arnForObjects(`${prefix}*`)),
    }),
    new PolicyStatement({
      sid: "DeleteObjects",
      actions: ["s3:DeleteObject"],
      resources: [RUNS, CACHE].map((prefix) => bucket.arnForObjects(`${prefix}*`)),
    }),
    // Also what makes S3 answer "not there" instead of "not allowed".
    new PolicyStatement({ sid: "ListObjects", actions: ["s3:ListBucket"], resources: [bucket.bucketArn] }),
    new PolicyStatement({
      sid: "KeepLedger",
      actions: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
      resources: [table.tableArn],
    }),
    new PolicyStatement({
      sid: "SendWork",
      actions: ["sqs:SendMessage"],
      resources: unique(Object.values(queues).map(({ queue }) => queue.queueArn)),
    }),
    new PolicyStatement({ sid: "TellEnds", actions: ["sns:Publish"], resources: [topic.topicArn] }),
  ];
}

/** To drain a queue as a worker does. */
export function drainStatements(queue: IQueue): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: "DrainQueue",
      actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
      resources: [queue.queueArn],
    }),
  ];
}

/** To see how much work waits. */
export function measureStatement(queues: IQueue[]): PolicyStatement {
  const resources = unique(queues.map(({ queueArn }) => queueArn));
  return new PolicyStatement({ sid: "MeasureQueues", actions: ["sqs:GetQueueAttributes"], resources });
}

/** To look after runs: how long queues are, and their dead letters. */
export function sweepStatements({ queues }: TeamResources): PolicyStatement[] {
  return [
    measureStatement(Object.values(queues).map(({ queue }) => queue)),
    new PolicyStatement({
      sid: "BuryDeadLetters",
      actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
      resources: unique(Object.values(queues).map(({ deadLetters }) => deadLetters.queueArn)),
    }),
  ];
}
