/** A bucket, or a prefix of one, as an object store. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Files } from "../../dataset/types.ts";
import { InputError } from "../../errors.ts";
import { assertKey } from "../../pipeline/keys.ts";
import type { ObjectStore } from "../../pipeline/ports.ts";
import { statusOf } from "./clients.ts";

/** Times a stream that broke is taken up again where it broke. */
const RESUMES = 5;
/** Times a conditional write is repeated when S3 says that another one is under way (409). */
const CONFLICTS = 20;
const CONFLICT_WAIT_MS = 50;

/** Objects below `prefix` (empty, or with a slash at its end), for reading. */
export function openBucketFiles(s3: S3Client, bucket: string, prefix = ""): Files {
  const place = (key: string) => {
    assertKey(key);
    return { Bucket: bucket, Key: prefix + key };
  };
  const absent = (key: string, error: unknown) => {
    if (statusOf(error) !== 404) return error;
    return new InputError({
      file: key,
      problem: `There is no such object in s3://${bucket}/${prefix}.`,
      remedy: "Check the name, or upload it.",
      cause: error,
    });
  };
  return {
    read: async (key) => {
      try {
        const { Body } = await s3.send(new GetObjectCommand(place(key)));
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        throw absent(key, error);
      }
    },
    async *stream(key) {
      let from = 0;
      let version: string | undefined;
      for (let resumes = 0; ; resumes++) {
        try {
          // The same version again, or none: half of one object and half of another would be worse than an error.
          const rest = from > 0 ? { Range: `bytes=${from}-`, IfMatch: version } : {};
          const { Body, ETag } = await s3.send(new GetObjectCommand({ ...place(key), ...rest }));
          version = ETag;
          for await (const chunk of Body as AsyncIterable<Uint8Array>) {
            from += chunk.length;
            yield chunk;
          }
          return;
        } catch (error) {
          // 416: the stream broke behind its last byte.
          if (statusOf(error) === 416 && from > 0) return;
          if (statusOf(error) >= 400 || resumes >= RESUMES) throw absent(key, error);
        }
      }
    },
    async *list(start = "") {
      if (start !== "") assertKey(start.endsWith("/") ? start.slice(0, -1) : start);
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix + start })) {
        for (const { Key, Size } of page.Contents ?? []) {
          // Keys that end with a slash are what consoles make of empty folders.
          if (Key && !Key.endsWith("/")) yield { key: Key.slice(prefix.length), bytes: Size ?? 0 };
        }
      }
    },
  };
}

/**
 * A whole store. `putIfAbsent` is true for at most one caller: where an answer is lost on its way, the SDK's own repetition
 * finds the object there.
 */
export function openBucket(s3: S3Client, bucket: string, prefix = ""): ObjectStore {
  const place = (key: string) => {
    assertKey(key);
    return { Bucket: bucket, Key: prefix + key };
  };
  return {
    ...openBucketFiles(s3, bucket, prefix),
    put: async (key, bytes) => {
      await s3.send(new PutObjectCommand({ ...place(key), Body: bytes }));
    },
    putIfAbsent: async (key, bytes) => {
      const command = { ...place(key), Body: bytes, IfNoneMatch: "*" };
      for (let conflicts = 0; ; conflicts++) {
        try {
          await s3.send(new PutObjectCommand(command));
          return true;
        } catch (error) {
          if (statusOf(error) === 412) return false;
          if (statusOf(error) !== 409 || conflicts >= CONFLICTS) throw error;
          await sleep(CONFLICT_WAIT_MS * (1 + Math.random()));
        }
      }
    },
    exists: async (key) => {
      try {
        await s3.send(new HeadObjectCommand(place(key)));
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    },
    delete: async (key) => {
      await s3.send(new DeleteObjectCommand(place(key)));
    },
  };
}
