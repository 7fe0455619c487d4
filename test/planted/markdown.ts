import type { Outcome } from "./outcome.ts";
import { isMiss, MARKS, type Rate, type Summary } from "./summary.ts";

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const points = (value: number): string => `${(100 * value).toFixed(1)}`;

export interface About {
  set: string;
  effort: string;
  command: string;
  /** Last commit that changed what decides (src, cli), and whether files differ from it. */
  commit: string;
  changed: boolean;
  /** Cases of the set in all, and bases whose data are not on this machine. */
  planned: number;
  absent: string[];
  picture: string;
}

/** The results as a page: what holds, what does not, and every case that went wrong with what the report said. */
export function resultsPage(outcomes: Outcome[], summary: Summary, about: About): string {
  const misses = outcomes.filter(isMiss);
  return `${[
    `# Planted faults: set \`${about.set}\`, effort \`${about.effort}\``,
    `\`${about.command}\``,
    `Rules as of commit ${about.commit}${about.changed ? ", with files changed since: these figures belong to no commit" : ""}. ${outcomes.length} of ${about.planned} cases${about.absent.length > 0 ? `; left out for want of data: ${about.absent.join(", ")}` : ""}. Bases: ${summary.bases.join(", ")}. Engines: ${[...new Set(outcomes.map(({ engine }) => engine))].join(", ")}. Slowest audit: ${Math.round(summary.slowestAudit)} s.`,
    // The command is that of the last sitting; earlier ones may have searched where it does not.
    `Random search was asked of ${outcomes.filter(({ searched }) => searched).length} of these cases; \`--no-search\` leaves it out.`,
    "A finding is a cause that the report calls confirmed or present, in the report's order. Intervals are Wilson's, 95 %.",
    table(
      ["measure", "must be", "goal", "is", "95 %", "cases"],
      MARKS.map(({ measure, says, least, most, goal }) => {
        const { value, low, high, successes, of } = summary[measure] as Rate;
        const bound = least !== undefined ? `>= ${percent(least)}` : `<= ${percent(most!)}`;
        return [
          says,
          bound,
          percent(goal),
          of > 0 ? percent(value) : "no case",
          of > 0 ? `${percent(low)} to ${percent(high)}` : "",
          `${successes} of ${of}`,
        ];
      }),
    ),
    `![Confusion matrix of causes](${about.picture})`,
    "## By planted fault",
    table(["fault", "cause", "also accepted", "first", "first three", "cases"], byFault(outcomes)),
    "## By base",
    table(
      ["base", "error rate when clean", "faults: first", "pairs: both", "clean and decoys: blamed"],
      byBase(outcomes),
    ),
    `## What went wrong (${misses.length})`,
    ...misses.map((miss) => missText(miss, cleanErrors(outcomes, miss.base))),
    "## Every case",
    table(
      ["case", "first finding", "right", "promised gain (points)", "measured", "random search", "audit (s)"],
      outcomes.map((each) => [
        each.id,
        each.first,
        isMiss(each) ? "no" : "yes",
        each.measured?.promised
          ? `${points(each.measured.promised.value)} (${points(each.measured.promised.low)} to ${points(each.measured.promised.high)})`
          : "",
        each.measured?.gain === undefined
          ? ""
          : `${points(each.measured.gain)}${each.measured.inside ? "" : ", outside"}`,
        each.measured?.randomSearch ? (each.measured.randomSearch.beaten ? "beaten" : "not beaten") : "",
        String(Math.round(each.auditSeconds)),
      ]),
    ),
  ].join("\n\n")}\n`;
}

function byFault(outcomes: Outcome[]): string[][] {
  const faults = outcomes.filter(({ kind }) => kind === "fault");
  return [...new Set(faults.map(({ changes }) => changes[0].id))].sort().map((id) => {
    const mine = faults.filter(({ changes }) => changes[0].id === id);
    const [{ cause, accepted }] = mine[0].planted;
    const share = (answer: (outcome: Outcome) => boolean | undefined) => `${mine.filter(answer).length}`;
    return [id, cause, accepted.join(", "), share(({ top1 }) => top1), share(({ top3 }) => top3), `${mine.length}`];
  });
}

function byBase(outcomes: Outcome[]): string[][] {
  return [...new Set(outcomes.map(({ base }) => base))].sort().map((base) => {
    const mine = outcomes.filter((outcome) => outcome.base === base);
    const right = (judged: Outcome[]) => `${judged.filter((outcome) => !isMiss(outcome)).length} of ${judged.length}`;
    const sound = mine.filter(({ planted }) => planted.length === 0);
    return [
      base,
      cleanErrors(outcomes, base) ?? "no clean case",
      right(mine.filter(({ kind }) => kind === "fault")),
      right(mine.filter(({ kind }) => kind === "pair")),
      `${sound.filter(isMiss).length} of ${sound.length}`,
    ];
  });
}

/** What the clean controls of a base err: a fault that errs no more costs nothing there. */
function cleanErrors(outcomes: Outcome[], base: string): string | undefined {
  const errors = outcomes
    .filter((outcome) => outcome.kind === "clean" && outcome.base === base)
    .map((each) => each.errorRate);
  if (errors.length === 0) return undefined;
  const [least, most] = [Math.min(...errors), Math.max(...errors)].map(percent);
  return least === most ? least : `${least} to ${most}`;
}

function missText(outcome: Outcome, clean: string | undefined): string {
  const planted = outcome.planted.map(({ cause }) => cause).join(" and ") || "nothing";
  const causes = outcome.causes
    .filter(
      ({ verdict, cause }) => !["cleared", "not-applicable", "not-tested"].includes(verdict) || planted.includes(cause),
    )
    .slice(0, 6)
    .map(({ cause, verdict, says }) => `- ${verdict} \`${cause}\`: ${says}`);
  return `**${outcome.id}**: planted ${planted}; found ${outcome.findings.map(({ cause }) => cause).join(", ") || "nothing"}. ${outcome.says}${clean ? ` Clean, this base errs on ${clean}.` : ""}\n\n${causes.join("\n")}`;
}

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
