/** A stage that runs in functions: its queue, and the function that the queue feeds. */
import { Duration } from "aws-cdk-lib";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { FunctionSize } from "../../src/platform/aws/function-sizes.ts";
import { BundledFunction, type BundledFunctionProps } from "./bundled-function.ts";
import { StageQueue } from "./stage-queue.ts";

/** AWS' rule: so long that the function's retries on throttling fit in. */
const VISIBILITY_TIMES_TIMEOUT = 6;

export const visibilityFor = ({ timeoutSeconds }: Pick<FunctionSize, "timeoutSeconds">) =>
  Duration.seconds(VISIBILITY_TIMES_TIMEOUT * timeoutSeconds);

/** A queue for a function of that size. Made apart from it: each function is told of all queues. */
export function stageQueue(scope: Construct, id: string, size: FunctionSize): StageQueue {
  return new StageQueue(scope, id, { visibility: visibilityFor(size) });
}

export interface FunctionStageProps extends BundledFunctionProps {
  /** Queues that feed it, with how many messages at once. */
  sources: readonly { queue: IQueue; batchSize: number }[];
  /** Copies at once, for each queue. */
  maxConcurrency: number;
}

export class FunctionStage extends Construct {
  readonly bundled: BundledFunction;

  constructor(scope: Construct, id: string, { sources, maxConcurrency, ...props }: FunctionStageProps) {
    super(scope, id);
    this.bundled = new BundledFunction(this, "Bundled", props);
    for (const { queue, batchSize } of sources) {
      const source = new SqsEventSource(queue, { batchSize, maxConcurrency, reportBatchItemFailures: true });
      this.bundled.function.addEventSource(source);
    }
  }
}
