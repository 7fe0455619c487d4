/** What a function is told at its start, read once. All that is missing is listed in one error. */
import * as z from "zod";
import { InputError } from "../../src/errors.ts";

const Environment = z.object({
  /** `aws`, or `local:<folder>` to run a function on this machine. */
  ERRATA_PLATFORM: z
    .string()
    .regex(/^(aws|local:.+)$/)
    .default("aws"),
  /** Of a run whose request names no deadline. */
  ERRATA_DEADLINE_MINUTES: z.coerce.number().int().positive().default(120),
  /** Of the GPU workers. */
  ERRATA_WORKER_ENGINE: z.enum(["webgpu", "wasm"]).default("wasm"),
});

export type Environment = Readonly<{ platform: string; deadlineMinutes: number; workerEngine: "webgpu" | "wasm" }>;

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const read = parseEnvironment(Environment, env);
  return Object.freeze({
    platform: read.ERRATA_PLATFORM,
    deadlineMinutes: read.ERRATA_DEADLINE_MINUTES,
    workerEngine: read.ERRATA_WORKER_ENGINE,
  });
}

/** Fails with an `InputError` that lists all variables that are missing or wrong. */
export function parseEnvironment<T>(schema: z.ZodType<T>, env: NodeJS.ProcessEnv): T {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new InputError({
    file: "environment",
    problem: `the function cannot start: ${problems.join("; ")}.`,
    remedy: "infra/resources.ts sets these variables: deploy again.",
  });
}
