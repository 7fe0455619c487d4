/** Results as files: one JSON a row, and one table of all in Markdown. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "./machine.ts";
import type { Line, Row } from "./types.ts";

export interface Result {
  row: string;
  title: string;
  command: string;
  /** UTC. */
  date: string;
  /** Of the whole row. */
  seconds: number;
  lines: Line[];
  /** Why it could not run. */
  cannot?: string;
  machine: Machine;
  /** Processes that wanted a core meanwhile, this run's among them: the larger of the averages before and after. */
  load: number;
}

/** Whether a line's goal is met by the median; nothing where it has no goal. */
export function isMet({ ratio, goal, holds }: Line): boolean | undefined {
  if (holds !== undefined) return holds;
  if (!ratio || !goal) return undefined;
  return "atMost" in goal ? ratio.median <= goal.atMost : ratio.median >= goal.atLeast;
}

const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function cells(line: Line): string[] {
  const { compares, ratio, of, goal, holds, figures } = line;
  const met = isMet(line);
  const measured = ratio ? `**${number(ratio.median)}** (${number(ratio.least)} to ${number(ratio.most)})` : "";
  const wanted = goal ? ("atMost" in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`) : "";
  const says =
    met === undefined ? "" : holds === undefined ? (met ? "met" : "**missed**") : met ? "holds" : "**fails**";
  return [compares, of ?? "", measured, wanted, says, figures.join("; ")];
}

export const lineText = (line: Line): string => cells(line).filter(Boolean).join(" | ").replaceAll("**", "");

export function writeResult(folder: string, result: Result): void {
  writeFileSync(join(folder, `${result.row}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

/** Writes README.md of all results that there are. What was tried where a goal is missed stands in notes/<row>.md. */
export function writeTable(folder: string, rows: readonly Row[]): void {
  const parts = [
    "# Speed and memory beside the peers",
    "Written by `npm run bench`. Every ratio is the median over turns within one run (A, B, A, B...), with the least and the most.",
  ];
  for (const { name, title } of rows) {
    const file = join(folder, `${name}.json`);
    if (!existsSync(file)) {
      parts.push(`## ${title}`, `Not measured yet: \`npm run bench -- ${name}\`.`);
      continue;
    }
    const result = JSON.parse(readFileSync(file, "utf8")) as Result;
    parts.push(`## ${result.title}`, whereAndWhen(result));
    if (result.cannot) parts.push(`Cannot run: ${result.cannot}`);
    else {
      const header = ["compared", "ratio of", "median (least to most)", "goal", "", "figures"];
      const rule = header.map(() => "---");
      const table = [header, rule, ...result.lines.map(cells)];
      parts.push(table.map((row) => `| ${row.join(" | ")} |`).join("\n"));
    }
    const notes = join(folder, "..", "notes", `${name}.md`);
    if (existsSync(notes)) parts.push(readFileSync(notes, "utf8").trim());
  }
  writeFileSync(join(folder, "README.md"), `${parts.join("\n\n")}\n`);
}

function whereAndWhen({ command, date, seconds, machine, load }: Result): string {
  const { processor, cores, memory, system, versions, commit } = machine;
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `\`${command}\`, ${date} UTC, ${seconds} s, commit ${commit}; ${processor}, ${cores} cores (load ${load.toFixed(1)}), ${memory}, ${system}; ${known.join(", ")}.`;
}
