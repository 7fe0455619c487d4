import {
  Bool,
  Field,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { stringify } from "csv-stringify/sync";
import { CAUSES } from "../causes/types.ts";
import { MASK_ERRORS } from "../stats/mask-errors.ts";
import type { ErrorRow, LabelIssueRow, ReportBundle } from "./schema.ts";

export type TableName = keyof ReportBundle["tables"];
export const TABLES = ["errors", "label_issues", "duplicates", "slices"] as const satisfies readonly TableName[];

type Kind = "text" | "number" | "integer" | "flag";
type Cell = string | number | boolean | null;

/** One column: its name in the file, what it holds, and how a row gives it. */
interface Column<Row> {
  name: string;
  kind: Kind;
  of(row: Row): Cell;
}

/** Rows turned into text or vectors at a time: a million rows never stand in memory twice. */
const BLOCK = 16_384;

/** The table as CSV. Names that a spreadsheet would run as a formula get a leading apostrophe; the Arrow file has them as they are. */
export function tableCsv(tables: ReportBundle["tables"], name: TableName): Uint8Array {
  return concat([...csvBlocks(tables, name)]);
}

/** The same in blocks of rows, the first one with the header. */
export function* csvBlocks(tables: ReportBundle["tables"], name: TableName): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const { columns, rows } = table(tables, name);
  yield encoder.encode(lines([columns.map((column) => column.name)]));
  for (let from = 0; from < rows.length; from += BLOCK)
    yield encoder.encode(
      lines(rows.slice(from, from + BLOCK).map((row) => columns.map((column) => cell(column, row)))),
    );
}

/** The table as an Arrow IPC file (Feather, version 2). */
export function tableArrow(tables: ReportBundle["tables"], name: TableName): Uint8Array {
  const writer = new RecordBatchFileWriter();
  writer.writeAll(arrowBatches(tables, name));
  return writer.finish().toUint8Array(true);
}

function* arrowBatches(tables: ReportBundle["tables"], name: TableName): Generator<RecordBatch> {
  const { columns, rows } = table(tables, name);
  const fields = columns.map(({ name: column, kind }) => new Field(column, arrowType(kind), true));
  const schema = new Schema(fields);
  const struct = new Struct(fields);
  for (let from = 0; from < Math.max(1, rows.length); from += BLOCK) {
    const block = rows.slice(from, from + BLOCK);
    const children = columns.map(
      ({ kind, of }) => vectorFromArray(block.map(of), arrowType(kind)).data[0] ?? makeData({ type: arrowType(kind) }),
    );
    yield new RecordBatch(schema, makeData({ type: struct, length: block.length, nullCount: 0, children }));
  }
}

const arrowType = (kind: Kind): Utf8 | Bool | Float64 | Int32 =>
  kind === "text" ? new Utf8() : kind === "flag" ? new Bool() : kind === "integer" ? new Int32() : new Float64();

/** Only text can hold a formula; numbers may well begin with a minus. */
const lines = (rows: (string | number | null)[][]): string =>
  stringify(rows, {
    escape_formulas: true,
    cast: { number: (value) => ({ value: String(value), escape_formulas: false }) },
  });

/** Flags as Python writes them, as cleanlab's tables do. */
function cell<Row>({ of }: Column<Row>, row: Row): string | number | null {
  const value = of(row);
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "number" ? Number(value.toPrecision(8)) : value;
}

function table(
  tables: ReportBundle["tables"],
  name: TableName,
): { columns: Column<unknown>[]; rows: readonly unknown[] } {
  const columns =
    name === "errors"
      ? errorColumns(tables.errors)
      : name === "label_issues"
        ? issueColumns(tables.label_issues)
        : COLUMNS[name];
  return { columns: columns as Column<unknown>[], rows: tables[name] };
}

/** Of masks what was measured of each, and pixels of each kind of error, in the place of labels. */
function errorColumns(rows: readonly ErrorRow[]): Column<ErrorRow>[] {
  const [file, split, ...more] = COLUMNS.errors;
  const own = rows.some(({ mask }) => mask) ? MASK_COLUMNS : more;
  return [file, split, ...own, ...causeColumns(rows)];
}

/** Only masks have a region in doubt. */
const issueColumns = (rows: readonly LabelIssueRow[]): Column<LabelIssueRow>[] =>
  rows.some(({ region }) => region !== undefined)
    ? [...COLUMNS.label_issues, column("region", "text")]
    : COLUMNS.label_issues;

/** A cause that is new to this version comes last. */
function causeColumns(rows: readonly ErrorRow[]): Column<ErrorRow>[] {
  const named = new Set<string>();
  for (const { causes } of rows) for (const cause in causes) named.add(cause);
  const order = (cause: string) => (CAUSES as readonly string[]).indexOf(cause) >>> 0;
  return [...named]
    .sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1))
    .map((name) => ({ name, kind: "number", of: ({ causes }) => causes[name] ?? null }));
}

type Columns = { [Name in TableName]: Column<ReportBundle["tables"][Name][number]>[] };

const column = <Row, Key extends keyof Row & string>(name: Key, kind: Kind): Column<Row> => ({
  name,
  kind,
  of: (row) => (row[name] ?? null) as Cell,
});

const MASK_COLUMNS: Column<ErrorRow>[] = [
  { name: "iou", kind: "number", of: ({ mask }) => mask?.iou ?? null },
  { name: "boundary_f", kind: "number", of: ({ mask }) => mask?.boundaryF ?? null },
  column("errorRate", "number"),
  ...MASK_ERRORS.map(
    (kind, i): Column<ErrorRow> => ({
      name: `${kind.replace(" ", "_")}_pixels`,
      kind: "number",
      of: ({ mask }) => mask?.errors[i] ?? null,
    }),
  ),
];

const COLUMNS: Columns = {
  errors: [
    column("file", "text"),
    column("split", "text"),
    column("label", "text"),
    column("predicted", "text"),
    column("probability", "number"),
    column("errorRate", "number"),
    column("ambiguity", "number"),
  ],
  label_issues: [
    column("file", "text"),
    column("split", "text"),
    column("is_label_issue", "flag"),
    column("label_score", "number"),
    column("given_label", "text"),
    column("predicted_label", "text"),
  ],
  duplicates: [
    column("file", "text"),
    column("split", "text"),
    column("label", "text"),
    column("duplicate_of", "text"),
    column("duplicate_split", "text"),
    column("duplicate_label", "text"),
    column("kind", "text"),
  ],
  slices: [
    column("slice", "text"),
    column("train", "integer"),
    column("test", "integer"),
    column("errorRate", "number"),
    column("elsewhere", "number"),
  ],
};

function concat(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
