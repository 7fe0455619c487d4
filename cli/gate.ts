import { writeFile } from "node:fs/promises";
import { InputError } from "../src/errors.ts";
import { judgeGate, parseCondition } from "../src/report/gate.ts";
import { markdownSummary } from "../src/report/markdown.ts";
import { readReportFile } from "./report.ts";

export interface GateOptions {
  /** `label-noise`, `label-noise>0.05`, `confirmed`: any of them fails the gate. */
  failOn?: string[];
  /** Fraction of the test images: of a classification. */
  minAccuracy?: number;
  /** Mean IoU of the classes, the background among them, 0..1: of masks. */
  minMeanIou?: number;
  /** Judge by the unfavourable end of each interval. */
  strict?: boolean;
  /** File for the summary; standard output when left out. */
  markdown?: string;
}

export interface Io {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
}

/** `errata gate`: 0 where the report passes, 1 with the reasons where it does not. Without conditions any confirmed cause fails. */
export async function runGate(path: string, options: GateOptions, io: Io = process): Promise<0 | 1> {
  const conditions = (options.failOn ?? []).map(parseCondition);
  const { minAccuracy, minMeanIou, strict } = options;
  checkFraction("--min-accuracy", minAccuracy);
  checkFraction("--min-mean-iou", minMeanIou);
  const { report } = await readReportFile(path);
  const result = judgeGate(report, { conditions, minAccuracy, minMeanIou, strict });
  const summary = markdownSummary(report, result);
  if (options.markdown === undefined) io.stdout.write(summary);
  else {
    const file = options.markdown;
    await writeFile(file, summary).catch((cause) => {
      throw new InputError({
        file,
        field: "--markdown",
        problem: `It cannot be written: ${(cause as Error).message}.`,
        remedy: "Name a file in a folder that exists and can be written.",
        cause,
      });
    });
  }
  const lines = [
    `Gate ${result.passed ? "passed" : "failed"} (${result.asked.join(", ")}).`,
    ...result.reasons.map((reason) => `- ${reason}`),
    ...result.notes.map((note) => `- note: ${note}`),
  ];
  io.stderr.write(`${lines.join("\n")}\n`);
  return result.passed ? 0 : 1;
}

function checkFraction(option: string, value: number | undefined): void {
  if (value === undefined || (value >= 0 && value <= 1)) return;
  throw new InputError({
    file: option,
    problem: `${value} is no fraction.`,
    remedy: "Give a number from 0 to 1, such as 0.9.",
  });
}
