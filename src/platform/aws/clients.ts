/** The SDK's clients, with time-outs and retries said in one place. Made once a process. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export interface Clients {
  s3: S3Client;
  sqs: SQSClient;
  dynamo: DynamoDBDocumentClient;
}

/** Longer than a long poll of SQS (20 s). Without a byte for that long, a connection is given up and the call repeated. */
const SOCKET_TIMEOUT_MS = 60_000;
const CONNECTION_TIMEOUT_MS = 5_000;
/** Calls in all, the first one included; waits between them grow and are drawn at random (the SDK's standard mode). */
const MAX_ATTEMPTS = 8;

/** `endpoint`: of an emulator; without it the SDK finds region, credentials and endpoints as it always does. */
export function makeClients(endpoint?: string): Clients {
  const common = {
    endpoint,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: SOCKET_TIMEOUT_MS },
  };
  return {
    // Emulators have one host for all buckets.
    s3: new S3Client({ ...common, forcePathStyle: endpoint !== undefined }),
    // Else the host of the queue's URL is called, whatever the endpoint says.
    sqs: new SQSClient({ ...common, useQueueUrlAsEndpoint: false }),
    dynamo: DynamoDBDocumentClient.from(new DynamoDBClient(common), {
      marshallOptions: { removeUndefinedValues: true },
    }),
  };
}

/** The name of an error as the SDK gives it: `ConditionalCheckFailedException`, `PreconditionFailed`... */
export function nameOf(error: unknown): string {
  return (error as Error | undefined)?.name ?? "";
}

/** The HTTP status of an answer that was an error; 0 where there was no answer. */
export function statusOf(error: unknown): number {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode ?? 0;
}
