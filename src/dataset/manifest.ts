/** Manifests: CSV (comma, semicolon or tab) and JSON lines, SageMaker's augmented manifests among them. Read as streams. */

import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { InputError } from "../errors.ts";
import { fromAugmented } from "./augmented-manifest.ts";
import { unpacked } from "./bytes.ts";
import { readFiles } from "./folder.ts";
import type { Format } from "./format.ts";
import { type Cell, type ManifestLine, manifestRows } from "./manifest-rows.ts";
import type { Files } from "./types.ts";

const read: Format["read"] = (files, _request, samples, from, to) =>
  readFiles(files, (sample) => sample.file, samples, from, to);

export const csv: Format = {
  list: (files, request) => manifestRows(files, request, csvLines(files, request.path)),
  read,
};

export const jsonl: Format = {
  list: (files, request) => manifestRows(files, request, jsonLines(files, request.path)),
  read,
};

async function* csvLines(files: Files, path: string): AsyncGenerator<ManifestLine> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    delimiter: await delimiterOf(files, path),
  });
  const input = Readable.from(unpacked(files.stream(path)), { objectMode: false });
  input.on("error", (error) => parser.destroy(error));
  input.pipe(parser);
  let columns: string[] | undefined;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (!columns) {
        columns = record;
        yield { line: info.lines, columns };
        continue;
      }
      const problem =
        record.length === columns.length ? undefined : `it has ${record.length} cells, the header ${columns.length}`;
      yield { line: info.lines, cells: Object.fromEntries(columns.map((name, i) => [name, record[i] ?? ""])), problem };
    }
  } catch (cause) {
    const { code, lines, message } = cause as { code?: string; lines?: number; message: string };
    if (!code?.startsWith("CSV_")) throw cause;
    throw new InputError({
      file: path,
      field: `line ${lines ?? "?"}`,
      problem: `This is not CSV: ${message.replace(/\.$/, "")}.`,
      remedy: 'Close every quote, and write a quote in a cell as "".',
      cause,
    });
  } finally {
    input.destroy();
    parser.destroy();
  }
}

/** The delimiter that the header has most of. */
async function delimiterOf(files: Files, path: string): Promise<string> {
  let start = "";
  for await (const chunk of unpacked(files.stream(path))) {
    start += new TextDecoder().decode(chunk);
    if (start.includes("\n") || start.length > 65_536) break;
  }
  const [header] = start.split("\n");
  const counted = [",", ";", "\t"].map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
  return counted.reduce((best, each) => (each.count > best.count ? each : best)).delimiter;
}

async function* jsonLines(files: Files, path: string): AsyncGenerator<ManifestLine> {
  const input = Readable.from(unpacked(files.stream(path)), { objectMode: false });
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  // The interface does not pass its input's failure on.
  let failure: unknown;
  input.on("error", (error) => {
    failure = error;
    lines.close();
  });
  let line = 0;
  for await (const text of lines) {
    line++;
    const content = line === 1 ? text.replace(/^\uFEFF/, "") : text;
    if (content.trim() === "") continue;
    yield { line, ...parseLine(content) };
  }
  if (failure) throw failure;
}

function parseLine(text: string): { cells: Record<string, Cell>; problem?: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { cells: {}, problem: "it is not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { cells: {}, problem: "it is not a JSON object" };
  return { cells: fromAugmented(value as Record<string, unknown>) };
}
