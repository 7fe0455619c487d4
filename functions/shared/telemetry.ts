/** Logs, metrics and traces, named after the team (POWERTOOLS_SERVICE_NAME). The run's id is the correlation id of them all. */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { Tracer } from "@aws-lambda-powertools/tracer";
import type { Handled } from "../../src/pipeline/handle.ts";

export const logger = new Logger();
export const metrics = new Metrics({ namespace: "Errata" });
const tracer = new Tracer();

/** Sends what was added up; an idle minute sends nothing. */
export function sendMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}

/** Everything that is logged or traced while `work` runs carries the run's id. */
export async function within<T>(run: string | undefined, name: string, work: () => Promise<T>): Promise<T> {
  const above = tracer.isTracingEnabled() ? tracer.getSegment() : undefined;
  const segment = above?.addNewSubsegment(`## ${name}`);
  if (segment) tracer.setSegment(segment);
  logger.setCorrelationId(run);
  if (run) tracer.putAnnotation("run", run);
  try {
    return await work();
  } catch (error) {
    tracer.addErrorAsMetadata(error as Error);
    logger.error("It will be tried again.", error as Error);
    throw error;
  } finally {
    segment?.close();
    if (above) tracer.setSegment(above);
    logger.setCorrelationId(undefined);
  }
}

/** One line and one count for each message. */
export function report({ outcome, message, says }: Handled): void {
  const stage = message?.stage ?? "unknown";
  const details = { outcome, stage, round: message?.round, item: message?.item, says };
  if (!message) logger.error("A message was dropped: it is not one of ours.", details);
  else if (outcome === "failed") logger.warn("An item failed for good.", details);
  else logger.info("A message was handled.", details);
  const name = !message ? "BrokenMessages" : { done: "ItemsDone", failed: "ItemsFailed", skipped: "Skipped" }[outcome];
  metrics.singleMetric().addDimension("stage", stage).addMetric(name, MetricUnit.Count, 1);
}
