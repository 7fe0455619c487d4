/** An upload's progress for a person: a bar on a terminal, a plain line now and then elsewhere. On stderr. */
import type { Writable } from "node:stream";
import { SingleBar } from "cli-progress";
import { spanOf } from "../local/progress.ts";
import type { SubmitProgress } from "./submit.ts";

export interface UploadView {
  update(progress: SubmitProgress): void;
  /** Leaves the terminal as it was. May be called again. */
  close(): void;
}

interface UploadViewOptions {
  stream?: Writable & { isTTY?: boolean };
  /** Seconds between two plain lines. */
  everySeconds?: number;
  now?(): number;
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/** `uploading: 12 of 100 files, 1.2 of 10.0 MB, 3 there already, about 12 s left`. */
export function uploadLine({ files, totalFiles, bytes, totalBytes, skipped }: SubmitProgress, seconds: number): string {
  const parts = [`${files} of ${totalFiles} files`, `${megabytes(bytes)} of ${megabytes(totalBytes)} MB`];
  if (skipped > 0) parts.push(`${skipped} there already`);
  const perSecond = seconds > 0 ? bytes / seconds : 0;
  if (perSecond > 0 && bytes < totalBytes) parts.push(`about ${spanOf((totalBytes - bytes) / perSecond)} left`);
  return `uploading: ${parts.join(", ")}`;
}

export function showUpload({
  stream = process.stderr,
  everySeconds = 5,
  now = () => performance.now(),
}: UploadViewOptions = {}): UploadView {
  const started = now();
  const line = (progress: SubmitProgress) => uploadLine(progress, (now() - started) / 1000);
  if (!stream.isTTY) {
    let last = Number.NEGATIVE_INFINITY;
    return {
      update: (progress) => {
        if (progress.files < progress.totalFiles && now() - last < everySeconds * 1000) return;
        stream.write(`${line(progress)}\n`);
        last = now();
      },
      close: () => {},
    };
  }
  const bar = new SingleBar({
    stream: stream as NodeJS.WriteStream,
    format: "{bar} {line}",
    barsize: 16,
    hideCursor: true,
    clearOnComplete: true,
    fps: 5,
  });
  let open = false;
  return {
    update: (progress) => {
      if (!open) bar.start(Math.max(1, progress.totalBytes), 0, { line: line(progress) });
      open = true;
      bar.update(progress.bytes, { line: line(progress) });
    },
    close: () => {
      if (open) bar.stop();
      open = false;
    },
  };
}
