/** Brings a dataset into the team's bucket: what is there already is left alone, `errata.json` comes last and opens the run. */
import { createReadStream } from "node:fs";
import { DeleteObjectCommand, PutObjectCommand, type PutObjectCommandOutput, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import pMap from "p-map";
import { InputError } from "../../errors.ts";
import { assertKey } from "../../pipeline/keys.ts";
import { datasetFolder } from "./names.ts";
import { runOf } from "./run-name.ts";
import { type LocalFile, partBytesOf, sameContent } from "./same-content.ts";
import { listStored, type Stored } from "./stored.ts";

/** S3's largest object. */
const LARGEST_OBJECT_BYTES = 5 * 1024 ** 4;
/** Larger files are brought in parts, smaller ones at once. */
const WHOLE_BYTES = 32 * 1024 ** 2;
const UPLOADS_AT_ONCE = 16;

export interface SubmitOptions {
  s3: S3Client;
  bucket: string;
  /** Name of the dataset's folder below `datasets/`. */
  dataset: string;
  /** Files by key, relative to the dataset's folder; `errata.json` is not among them. */
  files: readonly LocalFile[];
  /** The bytes of `errata.json`. */
  request: Uint8Array;
  /** Delete what the bucket holds of the dataset and `files` does not name. */
  prune?: boolean;
  onProgress?(progress: SubmitProgress): void;
  signal?: AbortSignal;
}

export interface SubmitProgress {
  /** Dealt with: uploaded, or found there. */
  files: number;
  totalFiles: number;
  bytes: number;
  totalBytes: number;
  /** Files that were there already, unchanged. */
  skipped: number;
}

export interface Submitted extends SubmitProgress {
  run: string;
  /** The run's name where the bucket tells of an upload by its ETag: one that keeps no versions does. */
  runByEtag: string;
  /** Objects that were deleted. */
  pruned: number;
}

/** @throws InputError for a file that is too large, a name that cannot be a key, or objects that would be audited unasked */
export async function submit(options: SubmitOptions): Promise<Submitted> {
  const { s3, bucket, dataset, files, request, signal, onProgress = () => {} } = options;
  const prefix = `${datasetFolder(dataset)}/`;
  for (const { key, bytes } of files) assertUploadable(key, bytes);
  const stored = await listStored(s3, bucket, prefix);
  const pruned = await dealWithStale(options, prefix, stored);
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress: SubmitProgress = { files: 0, totalFiles: files.length, bytes: 0, totalBytes, skipped: 0 };
  onProgress(progress);
  const bring = async (file: LocalFile) => {
    signal?.throwIfAborted();
    let counted = 0;
    const count = (bytes: number) => {
      progress.bytes += bytes - counted;
      counted = bytes;
      onProgress(progress);
    };
    if (await sameContent(file, stored.get(file.key))) progress.skipped++;
    else await put(s3, { Bucket: bucket, Key: prefix + file.key }, file, count, signal);
    progress.files++;
    count(file.bytes);
  };
  await pMap(files, bring, { concurrency: UPLOADS_AT_ONCE });
  signal?.throwIfAborted();
  const command = new PutObjectCommand({ Bucket: bucket, Key: `${prefix}errata.json`, Body: request });
  const { VersionId, ETag = "" }: PutObjectCommandOutput = await s3.send(command);
  const etag = ETag.replaceAll('"', "");
  const run = runOf({ dataset, version: VersionId ?? etag });
  return { ...progress, run, runByEtag: runOf({ dataset, version: etag }), pruned };
}

function assertUploadable(key: string, bytes: number): void {
  try {
    assertKey(key);
  } catch (cause) {
    throw new InputError({ file: key, problem: (cause as Error).message, remedy: "Rename the file.", cause });
  }
  if (bytes <= LARGEST_OBJECT_BYTES) return;
  const problem = `It has ${(bytes / 1e12).toFixed(1)} TB; the bucket takes 5.5.`;
  throw new InputError({ file: key, problem, remedy: "Divide it: an image folder, or smaller archives." });
}

/** Files that the bucket has and the folder has not would be audited too. Number of those deleted. */
async function dealWithStale(
  { s3, bucket, dataset, files, prune }: SubmitOptions,
  prefix: string,
  stored: ReadonlyMap<string, Stored>,
): Promise<number> {
  const kept = new Set(files.map(({ key }) => key));
  const stale = [...stored.keys()].filter((key) => !kept.has(key) && key !== "errata.json");
  if (stale.length === 0) return 0;
  if (!prune) {
    const problem = `${stale.length} objects there are not in the folder, such as ${stale[0]}: they would be audited too.`;
    const remedy = `Give --delete to delete them (the bucket keeps old versions for a while), or another --name than ${dataset}.`;
    throw new InputError({ file: `s3://${bucket}/${prefix}`, problem, remedy });
  }
  const remove = (key: string) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + key }));
  await pMap(stale, remove, { concurrency: UPLOADS_AT_ONCE });
  return stale.length;
}

async function put(
  s3: S3Client,
  place: { Bucket: string; Key: string },
  file: LocalFile,
  count: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (file.bytes <= WHOLE_BYTES) {
    await s3.send(new PutObjectCommand({ ...place, Body: await file.read() }), { abortSignal: signal });
    return;
  }
  const upload = new Upload({
    client: s3,
    params: { ...place, Body: createReadStream(file.path) },
    partSize: partBytesOf(file.bytes),
  });
  upload.on("httpUploadProgress", ({ loaded = 0 }) => count(loaded));
  const stop = () => void upload.abort();
  signal?.addEventListener("abort", stop);
  try {
    await upload.done();
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
