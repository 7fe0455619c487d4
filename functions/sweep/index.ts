/** Once a minute: what keeps a run from waiting for ever. Dead letters are recorded, lost messages sent again, deadlines kept. */
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { sweepAll } from "../../src/pipeline/sweep.ts";
import { openPlatform } from "../shared/platform.ts";
import { openStages } from "../shared/stages.ts";
import { logger, metrics, sendMetrics, within } from "../shared/telemetry.ts";

/** Longer than any item is worked on, retries aside. */
const QUIET_SECONDS = 3600;

const [ports, stages] = await Promise.all([openPlatform(), openStages()]);

/** Fails where runs could not be swept: there is an alarm for that, and the next minute tries again. */
export async function handler(): Promise<{ runs: string[] }> {
  try {
    const runs = await within(undefined, "sweep", () => sweepAll(ports, stages, { quietSeconds: QUIET_SECONDS }));
    if (runs.length > 0) {
      logger.info("Runs under way were looked at.", { runs });
      metrics.addMetric("RunsUnderWay", MetricUnit.Count, runs.length);
    }
    return { runs };
  } catch (error) {
    const errors = error instanceof AggregateError ? error.errors : [error];
    for (const each of errors) logger.error("A run could not be swept.", each as Error);
    throw error;
  } finally {
    sendMetrics();
  }
}
