import { markdownSummary } from "./markdown.ts";
import { maskPictures } from "./mask-pictures.ts";
import { renderPage } from "./page/page.ts";
import { reportText } from "./parse.ts";
import type { ReportBundle } from "./schema.ts";
import { TABLES, tableArrow, tableCsv } from "./tables.ts";

/** Where a report goes: an object store, a folder. */
export interface ReportTarget {
  put(key: string, bytes: Uint8Array): Promise<void>;
}

/**
 * Writes report.json, index.html, summary.md and the tables below `prefix`. The same bundle gives the same bytes.
 * report.json comes last: where it is, the report is whole.
 */
export async function writeReport(target: ReportTarget, prefix: string, bundle: ReportBundle): Promise<void> {
  const below = (name: string) => (prefix === "" ? name : `${prefix.replace(/\/+$/, "")}/${name}`);
  const text = new TextEncoder();
  const report = text.encode(reportText(bundle.report));
  for (const name of TABLES) {
    await target.put(below(`${name}.csv`), tableCsv(bundle.tables, name));
    await target.put(below(`${name}.arrow`), tableArrow(bundle.tables, name));
  }
  await target.put(below("index.html"), text.encode(renderPage(bundle, await maskPictures(bundle))));
  await target.put(below("summary.md"), text.encode(markdownSummary(bundle.report)));
  await target.put(below("report.json"), report);
}
