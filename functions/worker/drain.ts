/** Takes messages until none come any more. */
import { isHalt } from "../../src/pipeline/failure.ts";
import { handle } from "../../src/pipeline/handle.ts";
import { decodeMessage } from "../../src/pipeline/messages.ts";
import type { Ports, Queue, Received } from "../../src/pipeline/ports.ts";
import type { Stage } from "../../src/pipeline/stage.ts";
import { WORKER_IDLE_SECONDS } from "../../src/platform/aws/function-sizes.ts";
import { backoffSeconds } from "../shared/retry-soon.ts";
import { logger, report, within } from "../shared/telemetry.ts";

export interface DrainOptions {
  /** How long a message is kept from others; it is extended while it is worked on. */
  visibilitySeconds?: number;
  heartbeatSeconds?: number;
  waitSeconds?: number;
  /** Exits after so long without a message: the next stage may send some, and a new instance takes minutes. */
  idleSeconds?: number;
}

/** Number of messages dealt with. Throws where this place cannot go on (its disk is full). */
export async function drain(
  ports: Ports,
  stages: readonly Stage[],
  queue: Queue,
  signal: AbortSignal,
  {
    visibilitySeconds = 300,
    heartbeatSeconds = 60,
    waitSeconds = 20,
    idleSeconds = WORKER_IDLE_SECONDS,
  }: DrainOptions = {},
): Promise<number> {
  let handled = 0;
  let idleSince = ports.clock.now();
  while (!signal.aborted) {
    const [received] = await queue.receive({ max: 1, visibilitySeconds, waitSeconds, signal });
    if (received) {
      const heartbeat = setInterval(
        () => queue.extend(received.receipt, visibilitySeconds).catch(() => {}),
        heartbeatSeconds * 1000,
      );
      try {
        if (await handleOne(ports, stages, queue, received, signal)) handled++;
      } finally {
        clearInterval(heartbeat);
      }
      idleSince = ports.clock.now();
    } else if (ports.clock.now() - idleSince >= idleSeconds * 1000) break;
  }
  return handled;
}

async function handleOne(
  ports: Ports,
  stages: readonly Stage[],
  queue: Queue,
  { body, receipt, receives }: Received,
  signal: AbortSignal,
): Promise<boolean> {
  const message = decodeMessage(body);
  const giveBack = () => queue.release(receipt).catch(() => {});
  signal.addEventListener("abort", giveBack, { once: true });
  try {
    const hooks = { progress: (says: string) => logger.debug(says), signal };
    await within(message?.run, message?.stage ?? "message", async () =>
      report(await handle(ports, stages, { body, last: receives >= queue.maxReceives }, hooks)),
    );
    await queue.acknowledge(receipt);
    return true;
  } catch (error) {
    // Given back at once when told to stop, above.
    if (!signal.aborted) await queue.release(receipt, isHalt(error) ? 0 : backoffSeconds(receives));
    if (isHalt(error)) throw error;
    return false;
  } finally {
    signal.removeEventListener("abort", giveBack);
  }
}
