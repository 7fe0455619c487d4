/** Image folders: `<class>/…` and `<split>/<class>/…`. */
import { pMapIterable } from "p-map";
import { InputError } from "../errors.ts";
import { below, type Format, type IndexedImage, keysBelow } from "./format.ts";
import { keepLast } from "./keep-last.ts";
import { Layout } from "./layout.ts";
import type { Files, Sample, SourceImage } from "./types.ts";

/** Files read ahead, so that a bucket's latency does not add up. */
const READ_AHEAD = 16;
const UNREADABLE = new Set(["ENOENT", "EACCES", "EPERM", "EISDIR"]);

export const folder: Format = {
  async *list(files, request) {
    const layout = new Layout();
    for await (const key of keysBelow(files, request.path)) {
      const found = layout.see(key);
      if (found) yield found;
    }
    return layout.settle();
  },
  read: (files, request, samples, from, to) =>
    readFiles(files, (sample) => below(request.path, sample.file), samples, from, to),
};

/** Reads one file a sample, some ahead. */
export async function* readFiles(
  files: Files,
  keyOf: (sample: Sample) => string,
  samples: Sample[],
  from: number,
  to: number,
): AsyncGenerator<IndexedImage> {
  const read = keepLast((key) => readImage(files, key));
  const indices = Array.from({ length: to - from }, (_, i) => from + i);
  yield* pMapIterable(
    indices,
    async (index): Promise<IndexedImage> => ({ index, image: await read(keyOf(samples[index])) }),
    { concurrency: READ_AHEAD, backpressure: READ_AHEAD },
  );
}

async function readImage(files: Files, key: string): Promise<SourceImage> {
  try {
    return { kind: "encoded", bytes: await files.read(key) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!(error instanceof InputError) && !UNREADABLE.has(code)) throw error;
    return {
      kind: "unreadable",
      problem:
        code === "EACCES" || code === "EPERM" ? "Reading it is not permitted." : "It cannot be read: it is gone.",
    };
  }
}
