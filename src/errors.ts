/**
 * Two kinds of error matter to a queue: a `PermanentError` is recorded and passed over, everything else is tried again.
 */
export class PermanentError extends Error {
  override readonly name: string = "PermanentError";
}

/** What the user gave cannot be used. It names the file, the field where there is one, and what to do. CLI exit code 2. */
export class InputError extends PermanentError {
  override readonly name = "InputError";
  readonly file: string;
  readonly field?: string;
  readonly remedy: string;

  constructor(what: { file: string; field?: string; problem: string; remedy: string; cause?: unknown }) {
    const place = what.field ? `${what.file}: ${what.field}` : what.file;
    super(`${place}: ${what.problem} ${what.remedy}`, { cause: what.cause });
    this.file = what.file;
    this.field = what.field;
    this.remedy = what.remedy;
  }
}
