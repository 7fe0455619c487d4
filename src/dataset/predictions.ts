/** Probabilities that somebody else's model gave: .npy `[images, classes]`, or CSV with one column a class. */
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { InputError } from "../errors.ts";
import { list } from "./assemble.ts";
import { COLUMN_NAMES } from "./manifest-rows.ts";
import { readNpy } from "./npy.ts";
import type { Files } from "./types.ts";

/** Rows may miss one by this much: single precision and rounding in CSV. */
const TOLERANCE = 1e-3;

/** What the predictions are for. */
export interface Expected {
  /** In the order of the columns. */
  classes: string[];
  /** Paths of the images, in the order of the rows; a CSV with a column `file` may have any order. */
  images: string[];
}

/**
 * @returns [images, classes], in the order of `expected`
 * @throws InputError on another shape, NaN, values outside 0..1 (logits), rows that do not sum to one, and unknown or missing files
 */
export async function readPredictions(files: Files, path: string, expected: Expected): Promise<Float32Array> {
  const isCsv = /\.(csv|tsv)$/i.test(path);
  const values = isCsv ? await fromCsv(files, path, expected) : await fromNpy(files, path, expected);
  checkProbabilities(values, expected.classes.length, path);
  return values;
}

async function fromNpy(files: Files, path: string, { classes, images }: Expected): Promise<Float32Array> {
  const { shape, data } = await readNpy(await files.read(path), path);
  if (shape.length !== 2 || shape[0] !== images.length || shape[1] !== classes.length)
    throw new InputError({
      file: path,
      field: "shape",
      problem: `The array has the shape (${shape.join(", ")}); there are ${images.length} images of ${classes.length} classes.`,
      remedy: `Save an array of shape (${images.length}, ${classes.length}): a row an image in the dataset's order, a column a class (${list(classes)}).`,
    });
  return Float32Array.from(data);
}

async function fromCsv(files: Files, path: string, { classes, images }: Expected): Promise<Float32Array> {
  const parser = parse({
    bom: true,
    skip_empty_lines: true,
    trim: true,
    relax_column_count: true,
    delimiter: /\.tsv$/i.test(path) ? "\t" : ",",
  });
  const bytes = await files.read(path);
  const values = new Float32Array(images.length * classes.length).fill(Number.NaN);
  const places = new Map(images.map((file, row) => [file, row]));
  const seen = new Uint8Array(images.length);
  let columns: Columns | undefined;
  let line = 0;
  let row = 0;
  const bad = (problem: string, remedy: string) =>
    new InputError({ file: path, field: `line ${line}`, problem, remedy });
  for await (const cells of Readable.from([bytes]).pipe(parser) as AsyncIterable<string[]>) {
    line++;
    if (!columns) {
      columns = columnsOf(cells, classes, path);
      if (columns.classes.length > 0) continue;
      // No header: the classes are the columns, in order.
      columns = { file: -1, classes: classes.map((_, k) => k) };
    }
    const place = columns.file < 0 ? row : places.get(cells[columns.file]);
    if (place === undefined)
      throw bad(
        `The dataset has no image ${JSON.stringify(cells[columns.file])}.`,
        "Write paths relative to the dataset.",
      );
    if (place >= images.length)
      throw bad(`There are more rows than the ${images.length} images.`, "Write one row an image.");
    if (seen[place]++) throw bad(`${cells[columns.file]} is there twice.`, "Write one row an image.");
    columns.classes.forEach((column, k) => {
      const cell = cells[column] ?? "";
      values[place * classes.length + k] = cell === "" ? Number.NaN : Number(cell);
    });
    row++;
  }
  // "0,1" may be a header of class numbers or a first row: the count tells.
  if (columns?.numbers && row === images.length - 1) {
    values.copyWithin(classes.length, 0, row * classes.length);
    values.set(columns.numbers);
    row++;
  }
  if (row !== images.length)
    throw new InputError({
      file: path,
      field: "rows",
      problem: `There are ${row} rows for ${images.length} images.`,
      remedy: "Write one row an image.",
    });
  return values;
}

interface Columns {
  /** -1 where there is none. */
  file: number;
  /** Empty where the first line is a row already. */
  classes: number[];
  /** The first line's cells by class, where they are numbers and no file is named. */
  numbers?: number[];
}

/** Columns by the header's names, or by their order where the first line holds numbers. */
function columnsOf(cells: string[], classes: string[], path: string): Columns {
  const found = classes.map((name) => cells.indexOf(name));
  const file = cells.findIndex((cell) => COLUMN_NAMES.file.includes(cell.toLowerCase()));
  const numeric =
    cells.length === classes.length && cells.every((cell) => cell !== "" && Number.isFinite(Number(cell)));
  if (found.every((at) => at >= 0)) return { file, classes: found, numbers: numeric ? cells.map(Number) : undefined };
  if (numeric) return { file: -1, classes: [] };
  const missing = classes.filter((_, k) => found[k] < 0);
  throw new InputError({
    file: path,
    field: "header",
    problem: `There is no column for ${missing.length === 1 ? "the class" : "the classes"} ${list(missing)}.`,
    remedy: "Name a column after each class, and one file, or give no header and the classes in order.",
  });
}

function checkProbabilities(values: Float32Array, classes: number, file: string): void {
  const images = values.length / classes;
  for (let row = 0; row < images; row++) {
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      const value = values[row * classes + k];
      if (!Number.isFinite(value))
        throw new InputError({
          file,
          field: `row ${row}, column ${k}`,
          problem: `The value is ${Number.isNaN(value) ? "NaN or empty" : value}.`,
          remedy: "A model that gives NaN has diverged, or a division went wrong: save finite probabilities.",
        });
      sum += value;
      if (value < -TOLERANCE || value > 1 + TOLERANCE) throw looksLikeLogits(file, row, value);
    }
    if (Math.abs(sum - 1) > TOLERANCE)
      throw new InputError({
        file,
        field: `row ${row}`,
        problem: `The probabilities sum to ${sum.toPrecision(4)}, not to one.`,
        remedy:
          "Save softmax outputs; several sigmoid outputs are not probabilities of one label. Rows can be divided by their sums.",
      });
  }
}

function looksLikeLogits(file: string, row: number, value: number): InputError {
  return new InputError({
    file,
    field: `row ${row}`,
    problem: `The value ${value.toPrecision(4)} is no probability: these look like logits.`,
    remedy: "Save softmax(logits): e = exp(logits - logits.max(1, keepdims=True)); e / e.sum(1, keepdims=True).",
  });
}
