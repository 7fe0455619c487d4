/** tar and tar.gz of image folders, read as a stream: nothing is unpacked to disk, so nothing can be written elsewhere. */
import { Readable } from "node:stream";
import { extract, type Header as Headers } from "tar-stream";
import { InputError } from "../errors.ts";
import { gather, unpacked } from "./bytes.ts";
import { unsafePath } from "./files.ts";
import type { Format, IndexedImage } from "./format.ts";
import { isImage, Layout } from "./layout.ts";
import type { Files, Sample } from "./types.ts";

export const tar: Format = {
  async *list(files, { path }) {
    const names = new Set<string>();
    const layout = new Layout();
    for await (const { header, skip } of entries(files, path)) {
      const file = header.name.replace(/^(\.\/)+/, "");
      const problem = problemOf(header, file, names);
      if (problem && header.type !== "directory") yield { file, problem };
      else if (!problem && header.type === "file" && !names.has(file)) {
        names.add(file);
        const found = layout.see(file);
        if (found) yield found;
      }
      await skip();
    }
    return layout.settle();
  },

  read: (files, { path }, samples, from, to) => readEntries(files, path, samples, from, to),
};

function problemOf(header: Headers, file: string, names: Set<string>): string | undefined {
  if (header.type === "symlink" || header.type === "link")
    return `It is a link to ${header.linkname}: links in archives are not followed.`;
  if (header.type === "directory") return undefined;
  if (header.type !== "file" && header.type !== "contiguous-file") return `It is a ${header.type}, not a file.`;
  if (isImage(file) && names.has(file)) return "The archive holds this name twice; the first is used.";
  return unsafePath(file);
}

/** Samples lie in the archive's order, so one pass finds them; it stops after the last. */
async function* readEntries(
  files: Files,
  path: string,
  samples: Sample[],
  from: number,
  to: number,
): AsyncGenerator<IndexedImage> {
  let index = from;
  if (index >= to) return;
  for await (const { header, bytes, skip } of entries(files, path)) {
    if (header.type !== "file" || header.name.replace(/^(\.\/)+/, "") !== samples[index].file) {
      await skip();
      continue;
    }
    yield { index, image: { kind: "encoded", bytes: await bytes() } };
    index++;
    if (index === to) return;
  }
  throw new InputError({
    file: path,
    problem: `${samples[index].file} is no longer in the archive.`,
    remedy: "The archive was changed while it was read: start the audit again.",
  });
}

interface TarEntry {
  header: Headers;
  bytes(): Promise<Uint8Array>;
  skip(): Promise<void>;
}

/** Entries in order; each must be read or skipped before the next. */
async function* entries(files: Files, path: string): AsyncGenerator<TarEntry> {
  const input = Readable.from(unpacked(files.stream(path)), { objectMode: false });
  const parser = extract();
  input.on("error", (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const entry of parser) {
      yield {
        header: entry.header,
        bytes: () => gather(entry as AsyncIterable<Uint8Array>),
        skip: () =>
          new Promise((resolve, reject) => {
            entry.on("end", resolve);
            entry.on("error", reject);
            entry.resume();
          }),
      };
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError({
      file: path,
      problem: `The archive cannot be read to its end: ${(cause as Error).message}.`,
      remedy: "It is damaged, cut off or no tar archive (tar, or tar packed with gzip): write or copy it again.",
      cause,
    });
  } finally {
    input.destroy();
    parser.destroy();
  }
}
