import { type Interval, wilson } from "../../src/stats/intervals.ts";
import type { Outcome } from "./outcome.ts";

/** A share of cases with its 95 % interval (Wilson, 1927). */
export interface Rate extends Interval {
  successes: number;
  of: number;
}

export interface Summary {
  cases: number;
  bases: string[];
  top1: Rate;
  family: Rate;
  top3: Rate;
  falseConfirmations: Rate;
  pairs: Rate;
  intervalCoverage: Rate;
  beatsRandom: Rate;
  /** Slowest audit, in seconds. */
  slowestAudit: number;
}

/** What must hold, of each rate: at least or at most. */
export const MARKS: { measure: keyof Summary & string; says: string; least?: number; most?: number; goal: number }[] = [
  { measure: "top1", says: "first finding is the planted cause or accepted", least: 0.8, goal: 0.95 },
  { measure: "family", says: "its family is right", least: 0.9, goal: 0.9 },
  { measure: "top3", says: "planted cause among the first three", least: 0.92, goal: 0.99 },
  {
    measure: "falseConfirmations",
    says: "clean controls and decoys with a confirmed cause other than insufficient-data",
    most: 0.05,
    goal: 0.02,
  },
  { measure: "pairs", says: "pairs: both among the first three", least: 0.7, goal: 0.7 },
  { measure: "intervalCoverage", says: "measured gain inside the promised 95 % interval", least: 0.85, goal: 0.85 },
  { measure: "beatsRandom", says: "Errata's fix better than random search's", least: 0.8, goal: 0.8 },
];

function rate(answers: (boolean | undefined)[]): Rate {
  const given = answers.filter((answer) => answer !== undefined);
  const successes = given.filter(Boolean).length;
  const { value, low, high } = wilson(successes, given.length);
  return { successes, of: given.length, value: Number.isNaN(value) ? 0 : value, low, high };
}

export function summarise(outcomes: Outcome[]): Summary {
  const faults = outcomes.filter(({ kind }) => kind === "fault");
  return {
    cases: outcomes.length,
    bases: [...new Set(outcomes.map(({ base }) => base))].sort(),
    top1: rate(faults.map(({ top1 }) => top1)),
    family: rate(faults.map(({ family }) => family)),
    top3: rate(faults.map(({ top3 }) => top3)),
    falseConfirmations: rate(
      outcomes.map(({ falseConfirmations }) => falseConfirmations && falseConfirmations.length > 0),
    ),
    pairs: rate(outcomes.map(({ both }) => both)),
    intervalCoverage: rate(outcomes.map(({ measured }) => measured?.inside)),
    beatsRandom: rate(outcomes.map(({ measured }) => measured?.randomSearch?.beaten)),
    slowestAudit: Math.max(0, ...outcomes.map(({ auditSeconds }) => auditSeconds)),
  };
}

/** Whether a case went wrong, by the measure that it stands for. */
export const isMiss = ({ kind, top1, both, falseConfirmations }: Outcome): boolean =>
  kind === "fault" ? !top1 : kind === "pair" ? !both : (falseConfirmations ?? []).length > 0;

export interface Confusion {
  planted: string[];
  found: string[];
  /** Cases with one fault, and clean ones, `[planted][found]`; and how many of them count as right. */
  counts: number[][];
  right: number[][];
}

/** Planted cause against first finding. */
export function confusion(outcomes: Outcome[]): Confusion {
  const cells = outcomes
    .filter(({ kind }) => kind !== "pair")
    .map((outcome) => ({
      planted: outcome.planted[0]?.cause ?? "clean",
      found: outcome.first as string,
      right: !isMiss(outcome),
    }));
  const rank = (name: string) => (name === "clean" || name === "none" ? 1 : 0);
  const order = (names: string[]) => [...new Set(names)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const planted = order(cells.map((cell) => cell.planted));
  const found = order([...planted.filter((name) => name !== "clean"), ...cells.map((cell) => cell.found)]);
  const of = (row: string, column: string) => cells.filter((cell) => cell.planted === row && cell.found === column);
  return {
    planted,
    found,
    counts: planted.map((row) => found.map((column) => of(row, column).length)),
    right: planted.map((row) => found.map((column) => of(row, column).filter((cell) => cell.right).length)),
  };
}
