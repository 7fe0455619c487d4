/** An SQS queue with its queue of dead letters, whose redrive rule the stack sets. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import pMap from "p-map";
import type { Queue } from "../../pipeline/ports.ts";
import { nameOf } from "./clients.ts";

/** SQS takes ten messages at once. */
const BATCH = 10;
const BATCHES_AT_ONCE = 8;
const SEND_TRIES = 5;
const LONGEST_VISIBILITY_SECONDS = 43_200;
const LONGEST_WAIT_SECONDS = 20;

/** What SQS says to a receipt whose time is over. */
const LAPSED = /MessageNotInflight|ReceiptHandleIsInvalid|InvalidParameterValue|InvalidIdFormat/;

export interface QueueUrls {
  url: string;
  deadLetters?: string;
  maxReceives: number;
}

export function openSqsQueue(sqs: SQSClient, { url, deadLetters, maxReceives }: QueueUrls): Queue {
  const QueueUrl = url;

  const setVisibility = async (ReceiptHandle: string, seconds: number): Promise<boolean> => {
    const VisibilityTimeout = Math.min(LONGEST_VISIBILITY_SECONDS, Math.ceil(seconds));
    try {
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
      return true;
    } catch (error) {
      if (isLapsed(error)) return false;
      throw error;
    }
  };

  const sendBatch = async (bodies: readonly string[]) => {
    let Entries = bodies.map((MessageBody, n) => ({ Id: String(n), MessageBody }));
    for (let tries = 1; ; tries++) {
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      if (Failed.length === 0) return;
      if (tries >= SEND_TRIES) throw new Error(`${Failed.length} messages could not be sent: ${Failed[0].Message}`);
      Entries = Entries.filter(({ Id }) => Failed.some((failed) => failed.Id === Id));
    }
  };

  return {
    maxReceives,
    dead: deadLetters ? openSqsQueue(sqs, { url: deadLetters, maxReceives: Number.POSITIVE_INFINITY }) : undefined,
    send: async (bodies) => {
      const batches: string[][] = [];
      for (let at = 0; at < bodies.length; at += BATCH) batches.push(bodies.slice(at, at + BATCH));
      await pMap(batches, sendBatch, { concurrency: BATCHES_AT_ONCE });
    },
    receive: async ({ max, visibilitySeconds, waitSeconds, signal }) => {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: max,
        VisibilityTimeout: Math.ceil(visibilitySeconds),
        WaitTimeSeconds: Math.min(LONGEST_WAIT_SECONDS, Math.ceil(waitSeconds)),
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      });
      try {
        const { Messages = [] } = await sqs.send(command, { abortSignal: signal });
        return Messages.map(({ Body = "", ReceiptHandle = "", Attributes }) => ({
          body: Body,
          receipt: ReceiptHandle,
          receives: Number(Attributes?.ApproximateReceiveCount ?? 1),
        }));
      } catch (error) {
        if (signal?.aborted) return [];
        throw error;
      }
    },
    extend: setVisibility,
    acknowledge: async (ReceiptHandle) => {
      try {
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      } catch (error) {
        if (!isLapsed(error)) throw error;
      }
    },
    release: async (receipt, delaySeconds = 0) => {
      await setVisibility(receipt, delaySeconds);
    },
    depth: async () => {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
          ],
        }),
      );
      return {
        ready: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        inFlight:
          Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0) +
          Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
      };
    },
  };
}

function isLapsed(error: unknown): boolean {
  return LAPSED.test(nameOf(error)) || LAPSED.test((error as { Code?: string }).Code ?? "");
}
