import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";

/** Writes the entries of a zip that `place` gives a path, below `folder`, and returns how many there were. */
export async function unpack(
  file: string,
  folder: string,
  place: (entry: string) => string | undefined,
): Promise<number> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) =>
    yauzl.open(file, { lazyEntries: true }, (error, opened) => (error ? reject(error) : resolve(opened))),
  );
  let written = 0;
  await new Promise<void>((resolve, reject) => {
    zip.on("error", reject).on("end", resolve);
    zip.on("entry", (entry: yauzl.Entry) => {
      const path = place(entry.fileName);
      if (path === undefined) return zip.readEntry();
      extract(zip, entry, join(folder, path)).then(() => {
        written += 1;
        zip.readEntry();
      }, reject);
    });
    zip.readEntry();
  });
  return written;
}

async function extract(zip: yauzl.ZipFile, entry: yauzl.Entry, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) =>
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened))),
  );
  await pipeline(stream, createWriteStream(to));
}
