/** A bucket, a queue with its dead letters and a table on an emulator, for tests in several processes. */
import { CreateTableCommand, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand, GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { makeClients } from "../../src/platform/aws/clients.ts";
import { openDynamoLedger } from "../../src/platform/aws/ledger.ts";
import { openSqsQueue } from "../../src/platform/aws/queue.ts";
import { openBucket } from "../../src/platform/aws/store.ts";
import type { Racetrack } from "../contract/racer.ts";

export interface AwsPlace {
  endpoint: string;
  bucket: string;
  table: string;
  url: string;
  deadLetters: string;
  maxReceives: number;
}

let counter = 0;

/** Makes what a team's stack would make, empty. */
export async function makePlace(endpoint: string, maxReceives = 3): Promise<AwsPlace> {
  const { s3, sqs, dynamo } = makeClients(endpoint);
  const name = `errata-${process.pid}-${counter++}`;
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const deadLetters = (await sqs.send(new CreateQueueCommand({ QueueName: `${name}-dead` }))).QueueUrl!;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ["QueueArn"] }),
  );
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes!.QueueArn, maxReceiveCount: maxReceives });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { RedrivePolicy } }));
  await dynamo.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  await waitUntilTableExists({ client: dynamo, maxWaitTime: 30, minDelay: 0.1 }, { TableName: name });
  return { endpoint, bucket: name, table: name, url: QueueUrl!, deadLetters, maxReceives };
}

export async function open(place: AwsPlace): Promise<Racetrack> {
  const { s3, sqs, dynamo } = makeClients(place.endpoint);
  return {
    store: openBucket(s3, place.bucket),
    queue: openSqsQueue(sqs, place),
    ledger: openDynamoLedger(dynamo, { table: place.table }),
  };
}
