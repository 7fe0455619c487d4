/** Whether an object holds what a file holds, told from its ETag without reading the object. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Stored } from "./stored.ts";

export interface LocalFile {
  /** Relative to the dataset's folder, with forward slashes. */
  key: string;
  path: string;
  bytes: number;
  read(): Promise<Uint8Array>;
}

/** What `aws s3 cp` and `aws s3 sync` cut large files into, and parts that S3 takes of one file at most. */
const PART_BYTES = 8 * 1024 ** 2;
const MOST_PARTS = 10_000;

/** Size of the parts that a file is brought in: 8 MiB, doubled until there are not too many. */
export function partBytesOf(bytes: number): number {
  let part = PART_BYTES;
  while (bytes > part * MOST_PARTS) part *= 2;
  return part;
}

export const localFile = (key: string, path: string, bytes: number): LocalFile => ({
  key,
  path,
  bytes,
  read: () => readFile(path),
});

/**
 * Objects encrypted by S3 itself have as ETag the MD5 of their content; those uploaded in parts, the MD5 of the parts' MD5s and
 * the number of parts (AWS, "Checking object integrity"). Where that cannot be told, they count as different.
 */
export async function sameContent({ path, bytes }: LocalFile, stored: Stored | undefined): Promise<boolean> {
  if (stored?.bytes !== bytes) return false;
  const { whole, parts } = await md5sOf(path, partBytesOf(bytes));
  return stored.etag === (stored.etag.includes("-") ? parts : whole);
}

async function md5sOf(path: string, partBytes: number): Promise<{ whole: string; parts: string }> {
  const whole = createHash("md5");
  const digests: Buffer[] = [];
  let part = createHash("md5");
  let filled = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    whole.update(chunk);
    for (let at = 0; at < chunk.length; ) {
      const end = Math.min(chunk.length, at + partBytes - filled);
      part.update(chunk.subarray(at, end));
      filled += end - at;
      at = end;
      if (filled < partBytes) continue;
      digests.push(part.digest());
      part = createHash("md5");
      filled = 0;
    }
  }
  if (filled > 0) digests.push(part.digest());
  const parts = createHash("md5").update(Buffer.concat(digests)).digest("hex");
  return { whole: whole.digest("hex"), parts: `${parts}-${digests.length}` };
}
