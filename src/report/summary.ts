import pc from "picocolors";
import { classificationOf, type Finding, type Report } from "./schema.ts";
import {
  beyondAudit,
  count,
  duration,
  iou,
  iouRange,
  many,
  ofVerdict,
  percent,
  probability,
  range,
  TITLES,
  VERDICT_WORDS,
} from "./words.ts";

export interface SummaryOptions {
  /** Terminal colours; none by default. */
  color?: boolean;
  /** Columns of the terminal, 80 by default. */
  width?: number;
}

type Colors = ReturnType<typeof pc.createColors>;

/** Wide enough to be read, narrow enough to be read with ease. */
const COLUMNS = { least: 40, most: 100, usual: 80 };

/** The short ranked summary for a terminal. */
export function summaryText(report: Report, options: SummaryOptions = {}): string {
  const colors = pc.createColors(options.color ?? false);
  const width = Math.min(COLUMNS.most, Math.max(COLUMNS.least, options.width ?? COLUMNS.usual));
  const { dataset, run, baseline } = report;
  const facts = [
    dataset.name,
    many(dataset.images, "image"),
    many(dataset.classes.length, "class", "classes"),
    many(baseline.seeds, "seed"),
    run.engine.name,
  ];
  const blocks = [
    wrap(facts.join(" · "), width).map(colors.dim),
    wrap(report.says, width).map(colors.bold),
    wrap(measured(report), width),
    ...ofVerdict(report, "confirmed", "present").map((finding, i) => cause(finding, i + 1, width, colors)),
    rest(report, width, colors),
    closing(report, width, colors),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n");
}

function cause(finding: Finding, rank: number, width: number, colors: Colors): string[] {
  const { word, sign } = VERDICT_WORDS[finding.verdict];
  const paint = finding.verdict === "confirmed" ? colors.red : colors.yellow;
  const { share, experiment } = finding;
  const explains = share ? `, ${percent(share.value, 0)} of the errors (95 %: ${range(share, 0)})` : "";
  const lead = `${rank}.`.padEnd(3);
  const indent = " ".repeat(lead.length);
  const title = `${TITLES[finding.cause]}: ${sign} ${word.toLowerCase()}${explains}`;
  const block = wrap(title, width - lead.length).map((line, i) => paint(colors.bold((i === 0 ? lead : indent) + line)));
  const add = (text: string, color = (line: string) => line) =>
    block.push(...wrap(text, width - indent.length).map((line) => indent + color(line)));
  if (experiment) {
    const [before, after] = experiment.takesAway
      ? [experiment.changed, experiment.baseline]
      : [experiment.baseline, experiment.changed];
    const control = experiment.controlled ? `, control ${percent(experiment.controlled.value)}` : "";
    add(
      `Proof: ${experiment.intervention}: error ${percent(before.value)} became ${percent(after.value)}${control}; p ${probability(experiment.adjustedPValue)} after correction.`,
      colors.dim,
    );
  }
  add(`Do: ${finding.remedy.says}`, colors.green);
  return block;
}

/** The other causes, a line a verdict. */
function rest(report: Report, width: number, colors: Colors): string[] {
  return (["suspected", "refuted", "cleared", "not-applicable", "not-tested"] as const).flatMap((verdict) => {
    const found = ofVerdict(report, verdict);
    if (found.length === 0) return [];
    const names =
      verdict === "not-tested" && found.length > 6
        ? many(found.length, "cause")
        : found.map(({ cause: id }) => TITLES[id]).join(", ");
    const paint = verdict === "suspected" ? colors.yellow : colors.dim;
    return wrap(`${VERDICT_WORDS[verdict].word}: ${names}.`, width).map(paint);
  });
}

function closing(report: Report, width: number, colors: Colors): string[] {
  const { together, unexplained, missing, cost, run, dataset } = report;
  const beyond = beyondAudit(report);
  const fromCache = cost.fromCache > 0 ? `, ${count(cost.fromCache)} more taken from the cache` : "";
  const lines = [
    ...(together ? wrap(together.says, width).map(colors.bold) : []),
    ...wrap(`Unexplained: ${percent(unexplained.value, 0)} of the errors (95 %: ${range(unexplained, 0)}).`, width),
  ];
  if (beyond) lines.push(...wrap(beyond, width));
  if (dataset.rejected.length > 0)
    lines.push(
      ...wrap(`${many(dataset.rejected.length, "image")} could not be used; the report lists them.`, width).map(
        colors.yellow,
      ),
    );
  if (missing.length > 0)
    lines.push(
      ...wrap(
        `Partial: ${many(missing.length, "piece of work is", "pieces of work are")} missing; the report names them.`,
        width,
      ).map(colors.yellow),
    );
  lines.push(
    ...wrap(
      `Cost: ${many(cost.trainingRuns, "training run")}${fromCache}; ${cost.timesOneRun.toFixed(1)} times one training run of yours; ${duration(run.seconds)}.`,
      width,
    ).map(colors.dim),
  );
  return lines;
}

function measured(report: Report): string {
  const { accuracy } = classificationOf(report) ?? {};
  const { segmentation: masks } = report;
  if (masks)
    return `Foreground IoU ${iou(masks.foregroundIou.value)} (95 %: ${iouRange(masks.foregroundIou)}), mean Dice ${iou(masks.meanDice.value)}, boundary F-score ${iou(masks.boundaryF.value)}; 1 − IoU of an image ${percent(report.baseline.errorRate.value)} on ${many(report.dataset.splits.test, "test image")}.`;
  return accuracy
    ? `Accuracy ${percent(accuracy.value)} (95 %: ${range(accuracy)}), ${errorsOf(report)}.`
    : report.baseline.says;
}

function errorsOf({ baseline, dataset }: Report): string {
  return `about ${count(Math.round(baseline.errorRate.value * dataset.splits.test))} errors on ${many(dataset.splits.test, "test image")}`;
}

/** Lines of at most `width` columns. What could steer the terminal is taken out: names of files and classes are not trusted. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (let word of plain(text).split(/[ \n]+/)) {
    for (; [...word].length > width; word = [...word].slice(width).join("")) {
      if (line !== "") lines.push(line);
      line = "";
      lines.push([...word].slice(0, width).join(""));
    }
    if (line !== "" && [...line].length + 1 + [...word].length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** Figures stay with their sign. */
const plain = (text: string): string =>
  text
    .replace(/[\t\r\n]+/g, " ")
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "�")
    .replace(/(\d) %/g, "$1\u00a0%");
