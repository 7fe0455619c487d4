/** What failed is tried again soon: left alone, it would stay hidden for the queue's whole visibility timeout, half an hour. */
import type { SQSRecord } from "aws-lambda";
import type { Queue } from "../../src/pipeline/ports.ts";

/** Times the square of the deliveries, in seconds: 10, 40, 90, 160. */
const BACKOFF_SECONDS = 10;

export function backoffSeconds(receives: number): number {
  return BACKOFF_SECONDS * receives ** 2;
}

/** Works a record; where that throws, its message comes back after a while, and the error goes on. */
export async function retryingSoon(queue: Queue, record: SQSRecord, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const seconds = backoffSeconds(Number(record.attributes.ApproximateReceiveCount));
    // Where this fails, the message comes back all the same, only later.
    await queue.release(record.receiptHandle, seconds).catch(() => {});
    throw error;
  }
}
