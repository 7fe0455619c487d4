/** The GPU worker: drains its queue and exits. Told to stop (a spot instance is taken back), it gives its message back. */
import { STAGES } from "../../src/pipeline/stage-list.ts";
import { openPlatform } from "../shared/platform.ts";
import { openStages } from "../shared/stages.ts";
import { logger } from "../shared/telemetry.ts";
import { drain } from "./drain.ts";

/** Work that does not look at its signal is left behind: its message was given back. */
const LONGEST_FAREWELL_MS = 20_000;

const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    logger.warn("The worker was told to stop.", { signal });
    stopping.abort(new Error(`The worker was told to stop (${signal}).`));
    setTimeout(() => process.exit(0), LONGEST_FAREWELL_MS).unref();
  });
}

const [ports, stages] = await Promise.all([openPlatform(), openStages()]);
const queue = ports.queue(STAGES.find(({ runsOn }) => runsOn === "gpu")!.name);
const handled = await drain(ports, stages, queue, stopping.signal);
logger.info("The worker exits.", { handled, because: stopping.signal.aborted ? "it was told to" : "nothing is left" });
process.exit(0);
