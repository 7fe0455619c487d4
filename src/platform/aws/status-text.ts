/** A run's state for a person. */
import { spanOf } from "../local/progress.ts";
import type { CloudStatus } from "./watch.ts";

export function statusText(status: CloudStatus, now: number): string {
  const { run, kind, says, result } = status;
  if (kind === "finished") return [`${run} is finished: ${says}`, `Report: ${result}`].join("\n");
  if (kind === "failed") return [`${run} failed: ${says}`, `Said in: ${result}`].join("\n");
  const { stage, round, total, done, failed, perSecond, queue, gpu, reason, lastEvent, deadline } = status;
  const place = kind === "opened" ? "opened" : round > 0 ? `${stage}, round ${round + 1}` : stage;
  const rate = done + failed > 0 ? `, ${perSecond.toPrecision(2)}/s` : "";
  const lines = [
    `${run}: ${place}: ${done} done, ${failed} failed, of ${total}${rate}`,
    `  last: ${lastEvent.says}, ${spanOf(Math.max(0, (now - lastEvent.at) / 1000))} ago`,
    `  deadline: ${deadline > now ? `in ${spanOf((deadline - now) / 1000)}` : "over"}`,
  ];
  if (queue) lines.push(`  queue: ${queue.ready} wait, ${queue.inFlight} in work, ${queue.dead} dead letters`);
  if (gpu)
    lines.push(
      `  GPU jobs: ${Object.entries(gpu)
        .map(([state, count]) => `${count} ${state}`)
        .join(", ")}`,
    );
  if (reason) lines.push(`  nothing moves: ${reason}`);
  return lines.join("\n");
}
