/** The doorway of a function that SQS feeds: each record by itself, those that failed are handed out again. */
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { openPlatform } from "./platform.ts";
import { openStages } from "./stages.ts";
import { workRecord } from "./work-record.ts";

export type RecordHandler = (record: SQSRecord, context: Context) => Promise<void>;

/** One record after the other: a shard's work takes the memory of the whole function. */
export function batchDoorway(handleRecord: RecordHandler) {
  const processor = new BatchProcessor(EventType.SQS);
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    return processPartialResponse(event, (record: SQSRecord) => handleRecord(record, context), processor, {
      context,
      processInParallel: false,
      throwOnFullBatchFailure: false,
    });
  };
}

/** The doorway of a stage. */
export async function stageDoorway() {
  const [ports, stages] = await Promise.all([openPlatform(), openStages()]);
  return batchDoorway((record, context) => workRecord(ports, stages, record, context));
}
