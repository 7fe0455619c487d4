/** Opens the run of an upload: once, however often and in whatever order S3 tells of it. */
import { InputError } from "../../src/errors.ts";
import { drive, fail } from "../../src/pipeline/advance.ts";
import type { Ports } from "../../src/pipeline/ports.ts";
import { startRun } from "../../src/pipeline/run.ts";
import type { Stage } from "../../src/pipeline/stage.ts";
import type { AuditInput } from "../../src/pipeline/stages/input.ts";
import { readAuditRequest } from "../../src/platform/aws/audit-request.ts";
import { runOf } from "../../src/platform/aws/run-name.ts";
import type { Upload } from "./uploads.ts";

/** What the worker's image brings (`functions/worker/Dockerfile`), as reports name it. */
export const GPU_WORKER = { name: "webgpu", version: "tfjs 4.22.0, webgpu 0.6.2 on the fleet's GPUs" } as const;

export interface RunDefaults {
  /** Of a run whose request names no deadline. */
  deadlineMinutes: number;
  /** The engine of the GPU workers, where it is not the functions' own. */
  trainedBy?: AuditInput["trainedBy"];
}

/**
 * True for the call that opened it. What is wrong with the request ends the run as failed, with the reason, and is never tried
 * again: another upload is another run.
 */
export async function openRun(
  ports: Ports,
  stages: readonly Stage[],
  upload: Upload,
  defaults: RunDefaults,
): Promise<boolean> {
  const run = runOf(upload);
  let opened = false;
  const before = await ports.ledger.state(run);
  // A run that is only opened may be one whose opener died before it could say what is wrong with it.
  if (!before || before.step.kind === "opened") {
    const { input, deadlineMinutes, error } = await requestOf(ports, upload, defaults);
    const request = input ?? { name: upload.dataset };
    opened = await startRun(ports, { run, deadlineMinutes: deadlineMinutes ?? defaults.deadlineMinutes, request });
    const state = error && (await ports.ledger.state(run));
    if (state?.step.kind === "opened") await fail(ports, state, error);
  }
  await drive(ports, stages, run);
  return opened;
}

interface Checked {
  input?: AuditInput;
  deadlineMinutes?: number;
  error?: InputError;
}

async function requestOf(ports: Ports, upload: Upload, { trainedBy }: RunDefaults): Promise<Checked> {
  const { dataset, bytes, misplaced } = upload;
  if (misplaced) {
    const { key: file, problem, remedy } = misplaced;
    return { error: new InputError({ file, problem, remedy }) };
  }
  try {
    return await readAuditRequest(ports.dataset(`datasets/${dataset}`), {
      name: dataset,
      bytes,
      startedAt: ports.clock.now(),
      trainedBy,
    });
  } catch (error) {
    if (error instanceof InputError) return { error };
    throw error;
  }
}
