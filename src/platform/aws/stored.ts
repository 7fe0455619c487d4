/** What a bucket holds below a prefix. */
import { paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";

export interface Stored {
  bytes: number;
  /** Without quotes. MD5 of the content, unless the object was uploaded in parts (`<hash>-<parts>`). */
  etag: string;
}

/** By key, relative to the prefix. */
export async function listStored(s3: S3Client, bucket: string, prefix: string): Promise<Map<string, Stored>> {
  const stored = new Map<string, Stored>();
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key = "", Size = 0, ETag = "" } of page.Contents ?? []) {
      if (!Key.endsWith("/")) stored.set(Key.slice(prefix.length), { bytes: Size, etag: ETag.replaceAll('"', "") });
    }
  }
  return stored;
}
