/** Errors as JSON, for the ledger, and back. */
import { InputError, PermanentError } from "../errors.ts";

/** Why something failed for good. `file` and `remedy` are there when it was an `InputError`. */
export interface Failure {
  says: string;
  file?: string;
  field?: string;
  remedy?: string;
}

/** At most this many characters of a message are kept: a ledger's row is small. */
const LONGEST = 2000;

export function failureOf(error: unknown): Failure {
  const says = (error instanceof Error ? error.message : String(error)).slice(0, LONGEST);
  if (error instanceof InputError && error.message.length <= LONGEST) {
    return { says, file: error.file, field: error.field, remedy: error.remedy };
  }
  return { says };
}

/** The error that `failureOf` was given: an `InputError` again, or a `PermanentError` with the same message. */
export function errorOf(failure: Failure): PermanentError {
  const { says, file, field, remedy } = failure;
  if (file === undefined || remedy === undefined) return new PermanentError(says);
  const place = field ? `${file}: ${field}` : file;
  const problem = says.slice(place.length + 2, says.length - remedy.length - 1);
  return new InputError({ file, field, problem, remedy });
}

/**
 * The place itself cannot go on: no space, no right to write. Nothing is recorded as failed; the run stops where it is and
 * can be resumed.
 */
export class HaltError extends InputError {}

/** Of the system (ECONNRESET, EAI_AGAIN...) and of the HTTP client (UND_ERR_SOCKET...). */
const OUTAGE_CODE = /^(E[A-Z_]{3,}|UND_ERR_[A-Z_]+)$/;

/**
 * Whether the error, or one that it was caused by, came from the place (a call that was throttled, a connection that broke),
 * not from what was done there: AWS' SDK marks its errors, the system gives them a code.
 */
export function isOutage(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++) {
    const { code, name } = at as NodeJS.ErrnoException;
    if ("$metadata" in at || "$fault" in at || name === "TimeoutError") return true;
    if (OUTAGE_CODE.test(code ?? "")) return true;
  }
  return false;
}

const HALTING_CODES = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

/** Whether the error, or one that it was caused by, means that the place cannot go on. */
export function isHalt(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++) {
    if (at instanceof HaltError || HALTING_CODES.has((at as NodeJS.ErrnoException).code ?? "")) return true;
  }
  return false;
}
