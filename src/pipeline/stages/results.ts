import { type JobRequest, type JobResult, jobDigest, type LabelledRows } from "../../audit/job.ts";
import { type Lab, PendingJobs, storedLab } from "../../audit/lab.ts";
import type { ObjectStore } from "../ports.ts";
import type { StageContext, WorkItem } from "../stage.ts";

/** Training runs and their results in the object store. Results are kept under their digest, outside of any run: a cache. */

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const base64 = (rows: Int32Array): string =>
  Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength).toString("base64");
const rowsOf = (encoded: string): Int32Array => new Int32Array(new Uint8Array(Buffer.from(encoded, "base64")).buffer);

const jobKey = (digest: string): string => `cache/jobs/${digest}.json`;
const resultKey = (digest: string): string => `cache/results/${digest}.json`;
const probabilitiesKey = (digest: string): string => `cache/results/${digest}.f32`;
export const modelKey = (digest: string): string => `cache/models/${digest}.bin`;

export async function writeJob(store: ObjectStore, digest: string, job: JobRequest): Promise<void> {
  const labelled = ({ rows, labels }: LabelledRows) => ({ rows: base64(rows), labels: base64(labels) });
  await store.put(
    jobKey(digest),
    text({ ...job, train: labelled(job.train), watch: labelled(job.watch), predict: base64(job.predict) }),
  );
}

export async function readJob(store: ObjectStore, digest: string): Promise<JobRequest> {
  const stored = JSON.parse(new TextDecoder().decode(await store.read(jobKey(digest))));
  const labelled = ({ rows, labels }: { rows: string; labels: string }): LabelledRows => ({
    rows: rowsOf(rows),
    labels: rowsOf(labels),
  });
  return { ...stored, train: labelled(stored.train), watch: labelled(stored.watch), predict: rowsOf(stored.predict) };
}

/** The summary is written last: a result counts as there once it is readable. */
export async function writeResult(
  store: ObjectStore,
  digest: string,
  { probabilities, ...summary }: JobResult,
  model?: Uint8Array,
): Promise<void> {
  if (model) await store.put(modelKey(digest), model);
  await store.put(
    probabilitiesKey(digest),
    new Uint8Array(probabilities.buffer, probabilities.byteOffset, probabilities.byteLength),
  );
  await store.put(resultKey(digest), text(summary));
}

const hasResult = (store: ObjectStore, digest: string): Promise<boolean> => store.exists(resultKey(digest));

export async function readResult(store: ObjectStore, digest: string): Promise<JobResult | undefined> {
  if (!(await hasResult(store, digest))) return undefined;
  const summary = JSON.parse(new TextDecoder().decode(await store.read(resultKey(digest))));
  const bytes = await store.read(probabilitiesKey(digest));
  return { ...summary, probabilities: new Float32Array(new Uint8Array(bytes).buffer) };
}

/** Results already read, so that each replay of the proof reads only what is new. */
const memory = new Map<string, JobResult>();

/** What a replay needed: its answer, or the jobs that are still to be trained. */
export type Replay<T> = { answer: T; asked: JobRequest[] } | { pending: Map<string, JobRequest> };

/**
 * Runs `program` over stored results, reading them as they are asked for, until it ends or needs results that do not exist.
 *
 * @param failed digests of training runs that failed for good
 * @param lenient everything that is missing counts as failed: for a report past the deadline
 */
export async function replay<T>(
  context: StageContext,
  hashes: string[],
  engine: string,
  failed: Set<string>,
  program: (lab: Lab) => T,
  lenient = false,
): Promise<Replay<T>> {
  const digests = new Map<JobRequest, string>();
  const digestOf = (job: JobRequest): string => {
    const digest = digests.get(job) ?? jobDigest(job, hashes, engine);
    digests.set(job, digest);
    return digest;
  };
  const absent = new Set<string>();
  for (;;) {
    const lab = storedLab((job) => {
      const digest = digestOf(job);
      if (failed.has(digest) || (lenient && absent.has(digest))) return "failed";
      return memory.get(digest);
    });
    try {
      return { answer: program(lab), asked: [...lab.asked.values()] };
    } catch (error) {
      if (!(error instanceof PendingJobs)) throw error;
      const missing = new Map<string, JobRequest>();
      for (const job of error.jobs) {
        const digest = digestOf(job);
        const result = await readResult(context.store, digest);
        if (result) memory.set(digest, result);
        else missing.set(digest, job);
      }
      if (missing.size > 0 && !lenient) return { pending: missing };
      for (const digest of missing.keys()) absent.add(digest);
    }
  }
}

/** Items of a round for jobs that have no result yet. */
export async function planJobs(context: StageContext, jobs: Map<string, JobRequest>): Promise<WorkItem[]> {
  const items: WorkItem[] = [];
  for (const [digest, job] of jobs) {
    if (await hasResult(context.store, digest)) continue;
    await writeJob(context.store, digest, job);
    items.push({ id: digest, name: job.name, seed: job.seed });
  }
  return items;
}

/** Training runs of this run that failed for good. */
export async function failedJobs(context: StageContext): Promise<Set<string>> {
  const failed = new Set<string>();
  for (const { stage, outcomes } of await context.history()) {
    if (stage !== "train" && stage !== "experiment") continue;
    for (const [id, outcome] of outcomes) if (outcome.status === "failed") failed.add(id);
  }
  return failed;
}
