/** Lines of a manifest, checked one by one, as samples. All bad lines are told at once. */
import { InputError } from "../errors.ts";
import { list } from "./assemble.ts";
import { unsafePath } from "./files.ts";
import { FileFinder } from "./find-file.ts";
import { keysOf, type ListedRow, type Settle, splitNamed } from "./format.ts";
import type { DatasetRequest, Files } from "./types.ts";

export type Cell = string | number | { unusable: string };

/** A header (`columns`), or a line's cells by column. Lines count from 1. */
export type ManifestLine =
  | { line: number; columns: string[] }
  | { line: number; cells: Record<string, Cell>; problem?: string };

/** Names that a column may have, the first found counts. Capitals do not matter. */
export const COLUMN_NAMES = {
  file: [
    "file",
    "filename",
    "file_name",
    "filepath",
    "file_path",
    "path",
    "image",
    "image_path",
    "image_file",
    "source-ref",
  ],
  label: ["label", "class", "class_name", "category", "target", "y"],
  split: ["split", "subset", "set", "partition"],
  group: ["group", "group_id"],
};
const MOST_PROBLEMS = 20;

interface Columns {
  file?: string;
  label?: string;
  split?: string;
  group?: string;
}

/**
 * @throws InputError that lists up to 20 bad lines: unknown, unsafe or repeated files, missing cells, unknown splits, labels outside of
 *   the declared classes; or names the missing column and the header as it is
 */
export async function* manifestRows(
  files: Files,
  request: DatasetRequest,
  lines: AsyncIterable<ManifestLine>,
): AsyncGenerator<ListedRow, Settle> {
  const finder = new FileFinder(await keysOf(files, "", () => true), request.path);
  const texts = new Set<string>();
  const problems: string[] = [];
  const firstLine = new Map<string, number>();
  let columns: Columns | undefined;
  let divided = false;
  let undivided: string | undefined;
  for await (const each of lines) {
    if ("columns" in each) {
      columns = namedColumns(each.columns, request);
      continue;
    }
    const tell = (problem: string) => problems.push(`line ${each.line}: ${problem}`);
    if (each.problem) {
      tell(each.problem);
      continue;
    }
    const row = rowOf(each.cells, columns ?? namedColumns(Object.keys(each.cells), request), request, finder, tell);
    if (!row) continue;
    const before = firstLine.get(row.file);
    if (before !== undefined) {
      tell(`${row.file} is already on line ${before}`);
      continue;
    }
    firstLine.set(row.file, each.line);
    if (row.split) divided = true;
    else undivided ??= row.file;
    for (const [name, value] of Object.entries(row.metadata ?? {}))
      if (typeof value === "string" && !NUMBER.test(value.trim())) texts.add(name);
    yield row;
  }
  if (divided && undivided !== undefined)
    problems.push(`line ${firstLine.get(undivided)}: the split is empty, while other lines have one`);
  if (problems.length > 0) throw badLines(request.path, problems);
  return withNumbers(texts);
}

function rowOf(
  cells: Record<string, Cell>,
  columns: Columns,
  request: DatasetRequest,
  finder: FileFinder,
  tell: (problem: string) => void,
): ListedRow | undefined {
  const text = (column: string | undefined): string => {
    const cell = column === undefined ? "" : (cells[column] ?? "");
    return typeof cell === "object" ? "" : String(cell).trim();
  };
  const given = text(columns.file);
  if (given === "") return void tell("the file is empty");
  const fromBucket = columns.file === "source-ref" && given.startsWith("s3://");
  const unsafe = fromBucket ? undefined : unsafePath(given);
  if (unsafe) return void tell(`${given}: ${unsafe}`);
  const file = fromBucket ? finder.findUri(given) : finder.find(given);
  if (file === undefined) return void tell(finder.absent(given));
  const label = text(columns.label).replace(/^(\d+)\.0+$/, "$1");
  if (label === "") return void tell(`${given} has no single label`);
  const { classes } = request;
  if (classes && !classes.includes(label) && !(/^\d+$/.test(label) && Number(label) < classes.length))
    return void tell(
      `${given} has the label ${JSON.stringify(label)}, which is none of the declared classes (${list(classes)})`,
    );
  const splitText = text(columns.split);
  const split = splitNamed(splitText);
  if (splitText !== "" && !split)
    return void tell(`${given} has the split ${JSON.stringify(splitText)}; use train, validation or test`);
  const used = new Set(Object.values(columns));
  const metadata: Record<string, string | number> = {};
  for (const [name, cell] of Object.entries(cells))
    if (!used.has(name) && typeof cell !== "object" && cell !== "") metadata[name] = cell;
  const group = text(columns.group);
  return {
    file,
    label,
    ...(split && { split }),
    ...(group !== "" && { group }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

function namedColumns(found: string[], request: DatasetRequest): Columns {
  const known = (names: string[]) =>
    names.map((name) => found.find((each) => each.toLowerCase() === name)).find((each) => each !== undefined);
  const asked = (name: string | undefined, field: string, otherwise: string[]): string | undefined => {
    if (name === undefined) return known(otherwise);
    if (found.includes(name)) return name;
    throw missingColumn(request.path, name, found, `Correct ${field} in errata.json, or add the column.`);
  };
  const columns = {
    file: known(COLUMN_NAMES.file),
    label: known(COLUMN_NAMES.label),
    split: asked(request.split?.column, "data.split.column", COLUMN_NAMES.split),
    group: asked(request.group, "data.group", COLUMN_NAMES.group),
  };
  for (const name of ["file", "label"] as const)
    if (columns[name] === undefined)
      throw missingColumn(request.path, name, found, `Add it, or name it one of ${COLUMN_NAMES[name].join(", ")}.`);
  return columns;
}

function missingColumn(file: string, name: string, found: string[], remedy: string): InputError {
  return new InputError({
    file,
    field: name,
    problem: `There is no column ${JSON.stringify(name)} among ${list(found)}.`,
    remedy,
  });
}

function badLines(file: string, problems: string[]): InputError {
  const shown = problems.slice(0, MOST_PROBLEMS);
  const more = problems.length > shown.length ? `\n  and ${problems.length - shown.length} more` : "";
  return new InputError({
    file,
    field: /^line \d+/.exec(problems[0])?.[0],
    problem: `${problems.length} ${problems.length === 1 ? "line" : "lines"} cannot be used:\n  ${shown.join("\n  ")}${more}\n`,
    remedy: "Correct or delete these lines.",
  });
}

const NUMBER = /^[-+]?(?:0|[1-9]\d*|0?\.\d+|0\.\d*|[1-9]\d*\.\d*)(?:e[-+]?\d+)?$/i;

/** Columns of which every cell is a number become numbers. "007" is not one: it is somebody's name. */
function withNumbers(texts: ReadonlySet<string>): Settle {
  return ({ metadata, ...row }) => ({
    ...row,
    ...(metadata && {
      metadata: Object.fromEntries(
        Object.entries(metadata).map(([name, value]) => [name, texts.has(name) ? String(value) : Number(value)]),
      ),
    }),
  });
}
