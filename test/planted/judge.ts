import type { CauseId, Family } from "../../src/causes/types.ts";
import type { Report } from "../../src/report/schema.ts";
import type { Case, Fault } from "./types.ts";

/** What an audit said, held against what was planted. */
export interface Judgement {
  /** Causes that the report calls confirmed or present, in its order: what a user reads as "it is this". */
  findings: { cause: CauseId; family: Family; verdict: string; share: number | null }[];
  first: CauseId | "none";
  /** First finding is the planted cause or in its accepted set. */
  top1?: boolean;
  top3?: boolean;
  /** The first finding is of the planted fault's family, or an accepted cause. */
  family?: boolean;
  /** Pairs: each fault has a finding of its own among the first three. */
  both?: boolean;
  /** Confirmed causes other than insufficient-data where nothing was wrong. */
  falseConfirmations?: CauseId[];
}

const answers = ({ cause, accepted }: Fault): CauseId[] => [cause, ...accepted];

export function judge({ kind }: Pick<Case, "kind">, faults: Fault[], report: Report): Judgement {
  const findings = report.causes
    .filter(({ verdict }) => verdict === "confirmed" || verdict === "present")
    .map(({ cause, family, verdict, share }) => ({ cause, family, verdict, share: share?.value ?? null }));
  const first = findings[0]?.cause ?? "none";
  const told: Judgement = { findings, first };
  const three = findings.slice(0, 3).map(({ cause }) => cause);
  if (kind === "clean" || kind === "decoy") {
    told.falseConfirmations = findings
      .filter(({ cause, verdict }) => verdict === "confirmed" && cause !== "insufficient-data")
      .map(({ cause }) => cause);
    return told;
  }
  if (kind === "pair") {
    told.both = matched(faults, three);
    return told;
  }
  const [fault] = faults;
  told.top1 = findings.length > 0 && answers(fault).includes(findings[0].cause);
  told.top3 = three.some((cause) => answers(fault).includes(cause));
  told.family = told.top1 || findings[0]?.family === fault.family;
  return told;
}

/** Whether each fault has a finding of its own; one finding does not stand for two faults. */
function matched(faults: Fault[], findings: CauseId[]): boolean {
  if (faults.length === 0) return true;
  const [fault, ...others] = faults;
  return findings.some(
    (cause, i) =>
      answers(fault).includes(cause) && matched(others, [...findings.slice(0, i), ...findings.slice(i + 1)]),
  );
}
