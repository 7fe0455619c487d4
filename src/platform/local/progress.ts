/** A run's progress for a person: a bar on a terminal, a plain line now and then elsewhere. On stderr, results go to stdout. */
import type { Writable } from "node:stream";
import { type Options, SingleBar } from "cli-progress";
import type { LocalProgress } from "./watch.ts";

export interface ProgressOptions {
  /** Default `process.stderr`. */
  stream?: Writable & { isTTY?: boolean; columns?: number };
  /** Seconds between two plain lines where the stream is no terminal. Default 5. */
  everySeconds?: number;
  now?(): number;
}

export interface ProgressView {
  /** Give it to `runLocal` as `onProgress`. */
  update(progress: LocalProgress): void;
  /** Leaves the terminal as it was. Call it whatever the end. */
  close(): void;
}

export function showProgress({
  stream = process.stderr,
  everySeconds = 5,
  now = () => performance.now(),
}: ProgressOptions = {}): ProgressView {
  const rate = rateOf(now);
  return stream.isTTY ? bar(stream, rate) : plainLines(stream, everySeconds, now, rate);
}

interface Rate {
  perSecond: number;
  /** Seconds that the round will still take; nothing where that cannot be said yet. */
  left?: number;
}

/** Items recorded a second while we watch: a resumed round's earlier items are no measure of speed. */
function rateOf(now: () => number): (progress: LocalProgress) => Rate {
  let round = "";
  let since = 0;
  let before = 0;
  return (progress) => {
    const recorded = progress.done + progress.failed;
    const at = `${progress.stage} ${progress.round}`;
    if (at !== round) {
      round = at;
      since = now();
      before = recorded;
    }
    const seconds = (now() - since) / 1000;
    const perSecond = seconds > 0 ? (recorded - before) / seconds : 0;
    return { perSecond, left: perSecond > 0 ? (progress.total - recorded) / perSecond : undefined };
  };
}

/** `3 s`, `4 min`, `1 h 5 min`. */
export function spanOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `experiment, round 2: 3 of 8, 1 failed, 0.4/s, about 12 s left; experiment lr-x3: epoch 4/10`. */
export function lineOf(progress: LocalProgress, { perSecond, left }: Rate): string {
  const { stage, round, done, failed, total, activities } = progress;
  const parts = [`${done + failed} of ${total}`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (perSecond > 0) parts.push(`${perSecond.toPrecision(2)}/s`);
  if (left !== undefined && left > 0) parts.push(`about ${spanOf(left)} left`);
  const place = round > 0 ? `${stage}, round ${round + 1}` : stage;
  const activity = activities.length > 0 ? `; ${activities[0]}` : "";
  return `${place}: ${parts.join(", ")}${activity}`;
}

function plainLines(
  stream: Writable,
  everySeconds: number,
  now: () => number,
  rate: (progress: LocalProgress) => Rate,
): ProgressView {
  let last = Number.NEGATIVE_INFINITY;
  let round = "";
  let said = "";
  return {
    update: (progress) => {
      const measured = rate(progress);
      if (progress.event) stream.write(`${progress.event}\n`);
      if (progress.kind !== "round") return;
      const at = `${progress.stage} ${progress.round}`;
      if (at === round && now() - last < everySeconds * 1000) return;
      const line = lineOf(progress, measured);
      if (line !== said) stream.write(`${line}\n`);
      last = now();
      round = at;
      said = line;
    },
    close: () => {},
  };
}

function bar(stream: Writable & { columns?: number }, rate: (progress: LocalProgress) => Rate): ProgressView {
  const options: Options = {
    stream: stream as NodeJS.WriteStream,
    format: "{bar} {line}",
    barsize: 16,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    fps: 5,
  };
  const single = new SingleBar(options);
  let started = false;
  const stop = () => {
    if (started) single.stop();
    started = false;
  };
  return {
    update: (progress) => {
      const measured = rate(progress);
      if (progress.event) {
        // The bar is taken away while a line is written above it.
        stop();
        stream.write(`${progress.event}\n`);
      }
      if (progress.kind !== "round") return;
      const line = lineOf(progress, measured).slice(0, Math.max(20, (stream.columns ?? 80) - 19));
      if (!started) single.start(progress.total, 0, { line });
      started = true;
      single.setTotal(Math.max(1, progress.total));
      single.update(progress.done + progress.failed, { line });
    },
    close: stop,
  };
}
