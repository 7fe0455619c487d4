/** What the fleet's function is told beside what all are told. */
import * as z from "zod";
import { parseEnvironment } from "../shared/environment.ts";

const Environment = z.object({
  ERRATA_GPU_JOB_QUEUE: z.string(),
  ERRATA_GPU_JOB_DEFINITION: z.string(),
  /** As many as the fleet's virtual CPUs allow. */
  ERRATA_GPU_MOST_WORKERS: z.coerce.number().int().positive(),
});

export function readFleetEnvironment(env: NodeJS.ProcessEnv = process.env) {
  const read = parseEnvironment(Environment, env);
  return Object.freeze({
    jobQueue: read.ERRATA_GPU_JOB_QUEUE,
    jobDefinition: read.ERRATA_GPU_JOB_DEFINITION,
    mostWorkers: read.ERRATA_GPU_MOST_WORKERS,
  });
}
