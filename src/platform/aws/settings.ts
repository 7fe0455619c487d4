/** What a process in the team's account works with, read once from its environment (`infra/resources.ts` writes it). */
import * as z from "zod";
import { InputError } from "../../errors.ts";

const Environment = z.object({
  ERRATA_BUCKET: z.string().min(3),
  ERRATA_TABLE: z.string().min(1),
  ERRATA_TOPIC: z.string().startsWith("arn:").optional(),
  ERRATA_MAX_RECEIVES: z.coerce.number().int().positive().default(5),
  ERRATA_RETENTION_DAYS: z.coerce.number().int().positive().default(90),
  AWS_ENDPOINT_URL: z.url().optional(),
});

export interface AwsSettings {
  bucket: string;
  table: string;
  /** Where ends of runs are published; nowhere when absent. */
  topic?: string;
  maxReceives: number;
  /** Days that the ledger remembers a run. */
  retentionDays: number;
  /** URLs by stage. */
  queues: Record<string, { url: string; deadLetters?: string }>;
  /** Of an emulator. */
  endpoint?: string;
}

const QUEUE = "ERRATA_QUEUE_";
const DEAD_LETTERS = "ERRATA_DEAD_LETTERS_";

/** Fails with an `InputError` that lists everything that is missing or wrong. */
export function readAwsSettings(env: NodeJS.ProcessEnv = process.env): Readonly<AwsSettings> {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new InputError({
      file: "environment",
      problem: `${problems.join("; ")}.`,
      remedy: "The team's stack sets these variables for what runs in it; elsewhere, give them yourself.",
    });
  }
  const queues: AwsSettings["queues"] = {};
  for (const [name, url] of Object.entries(env)) {
    if (!name.startsWith(QUEUE) || !url) continue;
    const stage = name.slice(QUEUE.length);
    queues[stage.toLowerCase()] = { url, deadLetters: env[DEAD_LETTERS + stage] };
  }
  const { data } = parsed;
  return Object.freeze({
    bucket: data.ERRATA_BUCKET,
    table: data.ERRATA_TABLE,
    topic: data.ERRATA_TOPIC,
    maxReceives: data.ERRATA_MAX_RECEIVES,
    retentionDays: data.ERRATA_RETENTION_DAYS,
    endpoint: data.AWS_ENDPOINT_URL,
    queues,
  });
}
