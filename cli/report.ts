import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../src/errors.ts";
import { parseReport } from "../src/report/parse.ts";
import type { Report } from "../src/report/schema.ts";
import { summaryText } from "../src/report/summary.ts";

export interface ReportOptions {
  /** Open the page in the browser. */
  open?: boolean;
  /** Print report.json as it is. */
  json?: boolean;
}

/** Where output goes, and what opens a page: replaced in tests. */
export interface ReportSurroundings {
  stdout: Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">;
  openPage(path: string): Promise<unknown>;
}

const surroundings: ReportSurroundings = {
  stdout: process.stdout,
  openPage: async (path) => (await import("open")).default(path),
};

/** `errata report`: prints a finished report's summary, or opens its page. */
export async function runReport(path: string, options: ReportOptions, around = surroundings): Promise<void> {
  const { report, text, folder } = await readReportFile(path);
  const page = join(folder, "index.html");
  if (options.open) {
    await mustExist(page, "The page of the report is not beside report.json.");
    await around.openPage(page);
  }
  if (options.json) around.stdout.write(text);
  else
    around.stdout.write(
      `${summaryText(report, { color: around.stdout.isTTY ?? false, width: around.stdout.columns })}\n\nReport: ${page}\n`,
    );
}

/** The report at a path: its folder or its report.json. */
export async function readReportFile(path: string): Promise<{ report: Report; text: string; folder: string }> {
  const found = await stat(path).catch(() => undefined);
  const file = found?.isDirectory() ? join(path, "report.json") : path;
  await mustExist(file, found ? "There is no report in this folder." : "There is no such file.");
  const text = await readFile(file, "utf8");
  return { report: parseReport(text, file), text, folder: join(file, "..") };
}

async function mustExist(file: string, problem: string): Promise<void> {
  await stat(file).catch((cause) => {
    throw new InputError({
      file,
      problem,
      remedy: "Name the folder that errata audit wrote, or its report.json.",
      cause,
    });
  });
}
