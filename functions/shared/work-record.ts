/** A stage's message as SQS hands it to a function. */
import type { Context, SQSRecord } from "aws-lambda";
import { handle } from "../../src/pipeline/handle.ts";
import { decodeMessage } from "../../src/pipeline/messages.ts";
import type { Ports } from "../../src/pipeline/ports.ts";
import type { Stage } from "../../src/pipeline/stage.ts";
import { retryingSoon } from "./retry-soon.ts";
import { logger, report, within } from "./telemetry.ts";

/** Before the function's time is up: enough to say so, and to give the message back. */
const MARGIN_MS = 5_000;

/** Works the record's item. Throws what is to be tried again. */
export async function workRecord(
  ports: Ports,
  stages: readonly Stage[],
  record: SQSRecord,
  context: Context,
): Promise<void> {
  const message = decodeMessage(record.body);
  const queue = ports.queue(stages.find(({ name }) => name === message?.stage)?.name ?? stages[0].name);
  const last = Number(record.attributes.ApproximateReceiveCount) >= queue.maxReceives;
  const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - MARGIN_MS));
  const progress = (says: string) => logger.debug(says);
  const work = async () => report(await handle(ports, stages, { body: record.body, last }, { progress, signal }));
  await retryingSoon(queue, record, () => within(message?.run, message?.stage ?? "message", work));
}
