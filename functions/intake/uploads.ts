/** What S3 says through SQS: at least once, in no order, with keys encoded as in a form. */
import * as z from "zod";

const Notification = z.object({
  Records: z.array(
    z.object({
      eventSource: z.literal("aws:s3"),
      eventName: z.string(),
      s3: z.object({
        object: z.object({
          key: z.string(),
          size: z.number().optional(),
          eTag: z.string().optional(),
          versionId: z.string().optional(),
        }),
      }),
    }),
  ),
});
const TestEvent = z.object({ Event: z.literal("s3:TestEvent") });

/** An `errata.json` that was uploaded. */
export interface Upload {
  /** Name of the dataset's folder below `datasets/`. */
  dataset: string;
  /** Version of the object, or its ETag where the bucket keeps none. */
  version: string;
  bytes: number;
}

/** Why the events that are no uploads were ignored. */
export interface Notified {
  uploads: Upload[];
  ignored: string[];
}

const REQUEST = /^datasets\/([^/]+)\/errata\.json$/;

/** The uploads that a message tells of; nothing where it is no notification of S3's. */
export function readNotification(body: string): Notified | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (TestEvent.safeParse(json).success) return { uploads: [], ignored: ["S3 tested that it may send."] };
  const { data } = Notification.safeParse(json);
  if (!data) return undefined;
  const notified: Notified = { uploads: [], ignored: [] };
  for (const { eventName, s3 } of data.Records) {
    const key = decodeKey(s3.object.key);
    const dataset = key === undefined ? undefined : REQUEST.exec(key)?.[1];
    const version = s3.object.versionId ?? s3.object.eTag;
    if (!eventName.startsWith("ObjectCreated:")) notified.ignored.push(`${eventName} is no upload.`);
    else if (dataset === undefined || dataset === "." || dataset === "..")
      notified.ignored.push(`${s3.object.key} is not datasets/<name>/errata.json.`);
    else if (version === undefined) notified.ignored.push(`${s3.object.key} has neither version nor ETag.`);
    else notified.uploads.push({ dataset, version, bytes: s3.object.size ?? 0 });
  }
  return notified;
}

/** Spaces come as `+`, everything else percent-encoded. Nothing where that is broken. */
function decodeKey(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
