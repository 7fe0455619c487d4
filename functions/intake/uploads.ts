/** What S3 says through SQS: at least once, in no order, with keys encoded as in a form. */
import * as z from "zod";
import { nameFrom } from "../../src/platform/aws/run-name.ts";

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
  /** Where the object lies as no dataset's request can: what is wrong with its key. `dataset` is then a name made from it. */
  misplaced?: { key: string; problem: string; remedy: string };
}

/** Why the events that are no uploads were ignored. */
export interface Notified {
  uploads: Upload[];
  ignored: string[];
}

const REQUEST = /^datasets\/(.*)\/errata\.json$/s;
/** A report's key holds the dataset's name, the run's and a file's. */
const LONGEST_NAME_BYTES = 200;

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
    else if (key === undefined || dataset === undefined)
      notified.ignored.push(`${s3.object.key} is not datasets/<name>/errata.json.`);
    else if (version === undefined) notified.ignored.push(`${s3.object.key} has neither version nor ETag.`);
    else notified.uploads.push(uploadOf(key, dataset, { version, bytes: s3.object.size ?? 0 }));
  }
  return notified;
}

function uploadOf(key: string, dataset: string, object: Pick<Upload, "version" | "bytes">): Upload {
  const problem = problemOf(dataset);
  if (!problem) return { dataset, ...object };
  const [folder, ...below] = dataset.split("/");
  const remedy =
    below.length > 0 && !problemOf(folder)
      ? `Upload it as datasets/${folder}/errata.json; its data.path says which folder below is meant.`
      : "Upload the dataset again as datasets/<name>/: a name of letters, digits and hyphens.";
  return { dataset: nameFrom(dataset), ...object, misplaced: { key, problem, remedy } };
}

function problemOf(dataset: string): string | undefined {
  if (dataset.includes("/")) return "It does not lie directly in a dataset's folder, datasets/<name>/.";
  if (dataset === "" || dataset === "." || dataset === "..") return "Its folder cannot be a dataset's name.";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f\x7f]/.test(dataset)) return "Its folder's name holds control characters.";
  if (Buffer.byteLength(dataset) > LONGEST_NAME_BYTES)
    return `Its folder's name is longer than ${LONGEST_NAME_BYTES} bytes.`;
  return undefined;
}

/** Spaces come as `+`, everything else percent-encoded. Nothing where that is broken. */
function decodeKey(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
