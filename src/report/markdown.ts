import type { Interval } from "../causes/types.ts";
import type { GateResult } from "./gate.ts";
import { classificationOf, type Finding, type Report, type Segmentation } from "./schema.ts";
import {
  beyondAudit,
  count,
  iou,
  iouRange,
  many,
  ofVerdict,
  percent,
  probability,
  range,
  signedPoints,
  TITLES,
  VERDICT_WORDS,
} from "./words.ts";

/** A comment on a pull request may have 65,536 characters. */
const MOST = 60_000;
/** Sentences of one report field; longer ones are cut. */
const SENTENCE = 600;

/** A summary fit for a pull-request comment; with the gate's result, if there is one, on top. */
export function markdownSummary(report: Report, gate?: GateResult): string {
  const blocks = [
    ...(gate ? gateBlock(gate) : []),
    `### ${text(report.says)}`,
    figures(report),
    classesOfMasks(report),
    causes(report),
    remedies(report),
    others(report),
    missing(report),
    footer(report),
  ].filter((block) => block !== "");
  let made = "";
  for (const block of blocks) {
    if (made.length + block.length + 2 > MOST) return `${made}_Cut here: the page of the report has the rest._\n`;
    made += `${block}\n\n`;
  }
  return `${made.trimEnd()}\n`;
}

function gateBlock({ passed, reasons, notes, asked }: GateResult): string[] {
  const line = passed ? "## ✅ Errata gate: passed" : "## ❌ Errata gate: failed";
  return [
    line,
    [...reasons.map((reason) => `- **${text(reason)}**`), ...notes.map((note) => `- ${text(note)}`)].join("\n"),
    `Asked: ${asked.map((each) => `\`${each}\``).join(", ")}`,
  ];
}

function figures(report: Report): string {
  const { baseline, dataset, unexplained, together } = report;
  const rightOrWrong = classificationOf(report);
  const { segmentation: masks } = report;
  const row = (name: string, value: string, interval: string) => `| ${name} | ${value} | ${interval} |`;
  return [
    "| | | 95 % |",
    "|---|--:|---|",
    ...(rightOrWrong
      ? [
          row("Accuracy", percent(rightOrWrong.accuracy.value), range(rightOrWrong.accuracy)),
          row("Balanced accuracy", percent(rightOrWrong.balancedAccuracy.value), range(rightOrWrong.balancedAccuracy)),
        ]
      : []),
    ...(masks
      ? [
          row("Foreground IoU", iou(masks.foregroundIou.value), iouRange(masks.foregroundIou)),
          row("Mean Dice", iou(masks.meanDice.value), iouRange(masks.meanDice)),
          row("Boundary F-score", iou(masks.boundaryF.value), iouRange(masks.boundaryF)),
          row(
            `1 − IoU of an image, mean over ${many(dataset.splits.test, "test image")}`,
            percent(baseline.errorRate.value),
            range(baseline.errorRate),
          ),
        ]
      : [
          row(
            `Errors on ${many(dataset.splits.test, "test image")}`,
            count(Math.round(baseline.errorRate.value * dataset.splits.test)),
            range(baseline.errorRate),
          ),
        ]),
    ...(together
      ? [row("Errors explained by all confirmed causes", percent(together.share.value, 0), range(together.share, 0))]
      : []),
    row("Errors unexplained", percent(unexplained.value, 0), range(unexplained, 0)),
  ].join("\n");
}

/** IoU and Dice by class, and what is wrong about the pixels. */
function classesOfMasks({ segmentation }: Report): string {
  if (!segmentation) return "";
  const { perClass, errors, after } = segmentation;
  return [
    "| Class | IoU | Dice | Boundary F |",
    "|---|---|---|---|",
    ...perClass.map(
      (each) => `| ${text(each.class)} | ${cell(each.iou)} | ${cell(each.dice)} | ${cell(each.boundaryF)} |`,
    ),
    "",
    `Wrong pixels: ${errors.map(({ kind, share }) => `${kind} ${percent(share, 0)}`).join(", ")}.`,
    ...(after ? ["", ...beforeAndAfter(after)] : []),
  ].join("\n");
}

const cell = (interval: Interval | null): string => (interval ? `${iou(interval.value)} (${iouRange(interval)})` : "");

/** Each class with and without the confirmed fixes, on the same test images. */
function beforeAndAfter(after: NonNullable<Segmentation["after"]>): string[] {
  const { before } = after;
  const pair = (was: Interval | null, is: Interval | null) => `${cell(was)} → ${cell(is)}`;
  return [
    "| Before → after | IoU | Dice | Boundary F |",
    "|---|---|---|---|",
    ...after.perClass.map((is, k) => {
      const was = before.perClass[k];
      return `| ${text(is.class)} | ${pair(was.iou, is.iou)} | ${pair(was.dice, is.dice)} | ${pair(was.boundaryF, is.boundaryF)} |`;
    }),
    `| Mean | ${pair(before.meanIou, after.meanIou)} | ${pair(before.meanDice, after.meanDice)} | ${pair(before.boundaryF, after.boundaryF)} |`,
    "",
    text(after.says),
  ];
}

function causes(report: Report): string {
  const shown = ofVerdict(report, "confirmed", "present", "suspected");
  if (shown.length === 0) return "No cause is confirmed, present or suspected.";
  return [
    "| # | Cause | Verdict | Share of the errors | Gain when put right | p, corrected |",
    "|--:|---|---|---|---|--:|",
    ...shown.map((finding, i) => `| ${i + 1} | ${causeCells(finding).join(" | ")} |`),
  ].join("\n");
}

function causeCells({ cause, verdict, share, experiment }: Finding): string[] {
  return [
    TITLES[cause],
    `${VERDICT_WORDS[verdict].sign} ${VERDICT_WORDS[verdict].word.toLowerCase()}`,
    share ? `**${percent(share.value, 0)}** (${range(share, 0)})` : "not measured",
    experiment ? `${signedPoints(experiment.gain.value)} (control ${controlGain(experiment)})` : "",
    experiment ? probability(experiment.adjustedPValue) : "",
  ];
}

const controlGain = ({ baseline, controlled }: NonNullable<Finding["experiment"]>): string =>
  controlled ? signedPoints(baseline.value - controlled.value) : "other seeds";

function remedies(report: Report): string {
  const confirmed = ofVerdict(report, "confirmed", "present");
  if (confirmed.length === 0) return "";
  return [
    "**What to do, first things first**",
    "",
    ...confirmed.map(
      ({ cause, remedy }, i) => `${i + 1}. ${TITLES[cause]}: ${text(remedy.says)}${changeBlock(remedy.change)}`,
    ),
    ...(report.together ? ["", text(report.together.says)] : []),
  ].join("\n");
}

/** Only short changes: an architecture belongs in the report's page. */
function changeBlock(change: unknown): string {
  if (change === undefined) return "";
  const json = JSON.stringify(change);
  return json.length > 400 || json.includes("`") ? "" : `\n   \`\`\`json\n   ${json}\n   \`\`\``;
}

function others(report: Report): string {
  const line = (verdict: "refuted" | "cleared" | "not-applicable" | "not-tested") => {
    const found = ofVerdict(report, verdict);
    return found.length === 0
      ? []
      : [`- ${VERDICT_WORDS[verdict].word}: ${found.map(({ cause }) => TITLES[cause]).join(", ")}`];
  };
  const lines = [...line("refuted"), ...line("cleared"), ...line("not-applicable"), ...line("not-tested")];
  return lines.length === 0
    ? ""
    : ["<details><summary>Other causes</summary>", "", ...lines, "", "</details>"].join("\n");
}

function missing(report: Report): string {
  const { missing: lost } = report;
  const { rejected } = report.dataset;
  const beyond = beyondAudit(report);
  return [
    ...(beyond ? [beyond] : []),
    ...(lost.length > 0
      ? [`⚠️ Partial report: ${many(lost.length, "piece of work is", "pieces of work are")} missing.`]
      : []),
    ...(rejected.length > 0 ? [`⚠️ ${many(rejected.length, "image")} could not be used.`] : []),
  ].join("\n");
}

function footer({ run, dataset, baseline, cost }: Report): string {
  const facts = [
    text(dataset.name),
    many(dataset.images, "image"),
    many(baseline.seeds, "seed"),
    `${cost.timesOneRun.toFixed(1)} times one training run`,
    `engine ${run.engine.name}`,
    `run ${text(run.id)}`,
  ];
  return `<sub>${facts.join(" · ")}</sub>`;
}

/** Text from the report as text: names of files and classes are not trusted to hold no markup, mention or link. */
function text(given: string): string {
  const whole = given.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").replace(/ {2,}/g, " ");
  const cut = [...whole].length > SENTENCE ? `${[...whole].slice(0, SENTENCE).join("")}…` : whole;
  return cut.replace(/[\\`*_[\]|~&<>@]|#(?=\w)|:\/\//g, (found) => ENTITIES[found] ?? `\\${found}`);
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "@": "&#64;",
  "#": "&#35;",
  "://": "&#58;//",
};
