import { CAUSES, type CauseId, type Interval } from "../causes/types.ts";
import { InputError } from "../errors.ts";
import { classificationOf, type Finding, type Report } from "./schema.ts";
import { percent, TITLES } from "./words.ts";

/** What must not be: a cause is confirmed, or its share crosses a line. `confirmed` stands for every cause. */
export interface Condition {
  text: string;
  cause: CauseId | "confirmed";
  /** Absent: any confirmed share fails. */
  limit?: { share: number; orEqual: boolean };
}

export interface GateRules {
  /** None: any confirmed cause fails. */
  conditions: Condition[];
  /** Fraction of the test images: of a classification. */
  minAccuracy?: number;
  /** Mean over the classes that occur, the background among them, 0..1: of masks. */
  minMeanIou?: number;
  /** Judge by the unfavourable end of each interval. */
  strict?: boolean;
}

export interface GateResult {
  passed: boolean;
  /** Why it did not pass, a sentence each. */
  reasons: string[];
  /** What the gate could not speak of. */
  notes: string[];
  /** What was asked, a phrase each. */
  asked: string[];
}

const REMEDY = `Write a cause, or cause>share: label-noise>0.05. Causes: confirmed (any of them), ${CAUSES.join(", ")}.`;

/** Reads `label-noise`, `label-noise>0.05`, `label-noise>=5%` or `confirmed`. */
export function parseCondition(text: string): Condition {
  const fail = (problem: string): never => {
    throw new InputError({ file: "--fail-on", field: text, problem, remedy: REMEDY });
  };
  const match = /^\s*([a-z-]+)\s*(?:(>=?)\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*)?$/i.exec(text);
  if (!match) return fail("This is not a condition.");
  const [, name, sign, number, unit] = match;
  const cause = name.toLowerCase() as CauseId | "confirmed";
  if (cause !== "confirmed" && !CAUSES.includes(cause)) return fail(`There is no cause named ${name}.`);
  if (sign === undefined) return { text: cause, cause };
  const share = Number(number) / (unit ? 100 : 1);
  if (share > 1) return fail("A share lies between 0 and 1.");
  return { text: `${cause}${sign}${number}${unit}`, cause, limit: { share, orEqual: sign === ">=" } };
}

/** Holds a report against the rules. */
export function judgeGate(report: Report, rules: GateRules): GateResult {
  const levels = levelsOf(report, rules);
  const conditions =
    rules.conditions.length > 0 || levels.length > 0 ? rules.conditions : [parseCondition("confirmed")];
  const result: GateResult = { passed: true, reasons: [], notes: [], asked: conditions.map(({ text }) => text) };
  for (const condition of conditions) {
    const concerned = report.causes.filter(({ cause }) => condition.cause === "confirmed" || cause === condition.cause);
    for (const finding of concerned) {
      const reason = breach(finding, condition, rules.strict ?? false);
      if (reason) result.reasons.push(reason);
      else if (condition.cause !== "confirmed" && isOpen(finding))
        result.notes.push(
          `${TITLES[finding.cause]} is ${finding.verdict.replace("-", " ")}: no share of it was measured.`,
        );
    }
    if (concerned.length === 0) result.notes.push(`${condition.cause} is not in the report.`);
  }
  for (const level of levels) {
    result.asked.push(level.asked);
    const reason = shortfall(level, rules.strict ?? false);
    if (reason) result.reasons.push(reason);
  }
  if (report.missing.length > 0)
    result.notes.push(`The report is partial: ${report.missing.length} pieces of work are missing.`);
  result.reasons = [...new Set(result.reasons)];
  result.passed = result.reasons.length === 0;
  return result;
}

/** A figure that must be reached. */
interface Level {
  asked: string;
  name: string;
  least: number;
  /** Absent: the report's task has no such figure. */
  found?: Interval;
  lacking: string;
  say(value: number): string;
}

function levelsOf(report: Report, { minAccuracy, minMeanIou }: GateRules): Level[] {
  const levels: Level[] = [];
  if (minAccuracy !== undefined)
    levels.push({
      asked: `accuracy>=${minAccuracy}`,
      name: "Accuracy",
      least: minAccuracy,
      found: classificationOf(report)?.accuracy,
      lacking:
        "Masks have no accuracy, so that none could be shown: leave the least accuracy out and ask for a mean IoU.",
      say: percent,
    });
  if (minMeanIou !== undefined)
    levels.push({
      asked: `mean IoU>=${minMeanIou}`,
      name: "Mean IoU",
      least: minMeanIou,
      found: report.segmentation?.meanIou,
      lacking:
        "A classification has no masks and no IoU, so that none could be shown: leave the least mean IoU out and ask for an accuracy.",
      say: (value) => value.toFixed(3),
    });
  return levels;
}

/** What cannot be spoken of has not been shown to hold. */
function shortfall({ name, least, found, lacking, say }: Level, strict: boolean): string | undefined {
  if (!found) return lacking;
  if ((strict ? found.low : found.value) >= least) return undefined;
  return `${name} is ${say(found.value)}${strict ? ` (at least ${say(found.low)})` : ""}, below the ${say(least)} asked for.`;
}

function breach({ cause, verdict, share }: Finding, { limit }: Condition, strict: boolean): string | undefined {
  if (!limit)
    return verdict === "confirmed"
      ? `${TITLES[cause]} is confirmed${share ? `: it explains ${percent(share.value)} of the errors` : ""}.`
      : undefined;
  if (!share || verdict !== "confirmed") return undefined;
  const held = strict ? share.high : share.value;
  if (!(limit.orEqual ? held >= limit.share : held > limit.share)) return undefined;
  const most = strict ? ` (at most ${percent(share.high)})` : "";
  return `${TITLES[cause]} explains ${percent(share.value)}${most} of the errors, ${limit.orEqual && held === limit.share ? "as much as" : "more than"} the ${percent(limit.share)} allowed.`;
}

const isOpen = ({ verdict, share }: Finding): boolean =>
  verdict === "suspected" || verdict === "not-tested" || verdict === "present" || (verdict === "confirmed" && !share);
