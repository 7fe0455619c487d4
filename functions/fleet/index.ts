/** Once a minute: as many workers as the GPU queue has work for, and no more. */
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { STAGES } from "../../src/pipeline/stage-list.ts";
import { openFleet } from "../../src/platform/aws/fleet.ts";
import { openPlatform } from "../shared/platform.ts";
import { logger, metrics, sendMetrics, within } from "../shared/telemetry.ts";
import { readFleetEnvironment } from "./environment.ts";
import { workersToStart } from "./workers-to-start.ts";

const { jobQueue, jobDefinition, mostWorkers } = readFleetEnvironment();
const ports = await openPlatform();
const fleet = openFleet({ jobQueue, jobDefinition });
/** GPU stages share one queue. */
const queue = ports.queue(STAGES.find(({ runsOn }) => runsOn === "gpu")!.name);

export async function handler(): Promise<{ waiting: number; started: number }> {
  try {
    return await within(undefined, "fleet", async () => {
      const { ready, inFlight } = await queue.depth();
      const waiting = ready + inFlight;
      // An idle team asks Batch nothing and pays for no metric.
      if (waiting === 0) return { waiting, started: 0 };
      const jobs = await fleet.jobs();
      const active = Object.values(jobs).reduce((sum, count) => sum + count, 0);
      const started = workersToStart({ waiting, active, mostWorkers });
      for (let n = 0; n < started; n++) await fleet.start();
      logger.info("The GPU queue has work.", { ready, inFlight, jobs, started });
      metrics.addMetric("GpuWork", MetricUnit.Count, waiting);
      for (const [state, count] of Object.entries(jobs)) metrics.addMetric(`GpuJobs${state}`, MetricUnit.Count, count);
      return { waiting, started };
    });
  } finally {
    sendMetrics();
  }
}
