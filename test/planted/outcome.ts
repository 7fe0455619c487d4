import type { Judgement } from "./judge.ts";
import type { Measured } from "./measure.ts";
import type { Case } from "./types.ts";

/** A finished case, as it is kept and published. */
export interface Outcome extends Case, Judgement {
  /** What was planted, for people. */
  planted: { fault: string; cause: string; accepted: string[]; family: string }[];
  says: string;
  effort: string;
  engine: string;
  /** Commit of the rules that the audit ran on, a digest of them, and one of what the case's data and recipe were made by. */
  commit: string;
  rules: string;
  definition: string;
  /** Digest of the code that judged it. */
  judgedBy: string;
  /** Whether the control by random search was asked for. */
  searched: boolean;
  images: { train: number; test: number };
  errorRate: number;
  trainingRuns: number;
  timesOneRun: number;
  auditSeconds: number;
  /** Every cause but the cleared ones, with what the report says and the evidence: what went wrong can be read here. */
  causes: { cause: string; verdict: string; says: string; evidence: { measure: string; value: number }[] }[];
  measured?: Measured;
  /** Why there is no measurement, where it failed. */
  problem?: string;
}
