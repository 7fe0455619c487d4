/** Takes uploads of `errata.json`, each opens a run, and the messages of the stage `intake`. */

import { UPLOADS } from "../../src/platform/aws/names.ts";
import { runOf } from "../../src/platform/aws/run-name.ts";
import { batchDoorway } from "../shared/doorway.ts";
import { readEnvironment } from "../shared/environment.ts";
import { openPlatform } from "../shared/platform.ts";
import { retryingSoon } from "../shared/retry-soon.ts";
import { openStages } from "../shared/stages.ts";
import { logger, within } from "../shared/telemetry.ts";
import { workRecord } from "../shared/work-record.ts";
import { GPU_WORKER, openRun } from "./open-run.ts";
import { readNotification } from "./uploads.ts";

const { deadlineMinutes, workerEngine } = readEnvironment();
const defaults = { deadlineMinutes, trainedBy: workerEngine === "webgpu" ? GPU_WORKER : undefined };
const [ports, stages] = await Promise.all([openPlatform(), openStages()]);

export const handler = batchDoorway(async (record, context) => {
  const notification = readNotification(record.body);
  if (!notification) return workRecord(ports, stages, record, context);
  for (const reason of notification.ignored) logger.info("An event was ignored.", { reason });
  for (const upload of notification.uploads) {
    const open = async () => {
      const opened = await openRun(ports, stages, upload, defaults);
      logger.info(opened ? "A run was opened." : "The run is open already.", { ...upload });
    };
    await retryingSoon(ports.queue(UPLOADS), record, () => within(runOf(upload), "open", open));
  }
});
