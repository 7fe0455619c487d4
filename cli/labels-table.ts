import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { InputError } from "../src/errors.ts";

/** One row an image, in input order. */
export interface LabelsTable {
  /** 0..1, `[images]`. */
  score: Float32Array;
  /** Labels with a score below it are flagged. */
  threshold: number;
  given: Int32Array;
  predicted: Int32Array;
}

const HEADER = "is_label_issue,label_score,given_label,predicted_label\n";
const ROWS_AT_ONCE = 4096;
/** No row is longer: a flag, a number of seven digits, two integers of 32 bits. */
const ROW_BYTES = 64;
/** Significant digits of a score: what a float of 32 bits holds. */
const DIGITS = 7;
const LEAST_TOO_LONG = 10 ** DIGITS;

/** Writes the table beside its place and moves it there whole. @throws InputError where it cannot be written */
export function writeLabelsTable(out: string, table: LabelsTable): void {
  const partial = `${out}.${process.pid}.partial`;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(partial, "w");
    writeRows(descriptor, table);
    closeSync(descriptor);
    descriptor = undefined;
    renameSync(partial, out);
  } catch (cause) {
    if (descriptor !== undefined) closeSync(descriptor);
    rmSync(partial, { force: true });
    throw new InputError({
      file: out,
      field: "--out",
      problem: "The table cannot be written.",
      remedy: "Give a path in a folder that exists, can be written to and has space.",
      cause,
    });
  }
}

function writeRows(descriptor: number, table: LabelsTable): void {
  const chunk = Buffer.alloc(ROWS_AT_ONCE * ROW_BYTES);
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const write = (bytes: number) => {
    for (let done = 0; done < bytes; ) done += writeSync(descriptor, chunk, done, bytes - done);
  };
  write(chunk.write(HEADER, 0, "latin1"));
  // A call for some thousand rows, not one loop over all: the compiler gets to put in what it learnt meanwhile.
  for (let from = 0; from < table.score.length; from += ROWS_AT_ONCE)
    write(formatRows(chunk, view, table, from, Math.min(table.score.length, from + ROWS_AT_ONCE)));
}

/** Rows `[from, to)` as text. Gives its bytes. */
function formatRows(
  chunk: Buffer,
  view: DataView,
  { score, threshold, given, predicted }: LabelsTable,
  from: number,
  to: number,
): number {
  let at = 0;
  for (let i = from; i < to; i++) {
    const flagged = score[i] < threshold;
    view.setUint32(at, flagged ? TRUE : FALS, true);
    at += flagged ? 4 : 5;
    if (!flagged) chunk[at - 1] = LETTER_E;
    chunk[at++] = COMMA;
    at = writeScore(chunk, view, at, score[i]);
    chunk[at++] = COMMA;
    at = writeInteger(chunk, at, given[i]);
    chunk[at++] = COMMA;
    at = writeInteger(chunk, at, predicted[i]);
    chunk[at++] = LINE_FEED;
  }
  return at;
}

/** Four characters as one number, for one store in place of four. */
const inOne = (text: string): number => Buffer.from(text, "latin1").readUInt32LE();
const [TRUE, FALS] = ["True", "Fals"].map(inOne);
/** From here on down a score is written by way of a string. */
const LEAST_DIGITS = 1e-5;
/** What is written as 1. */
const LEAST_ONE = 1 - 0.5e-7;
const ZERO = 48;
const ONE = 49;
const LETTER_E = 101;
const POINT = 46;
const COMMA = 44;
const LINE_FEED = 10;
/** The four digits of 0000 to 9999. */
const FOURS = Uint32Array.from({ length: 10_000 }, (_, i) => inOne(String(i).padStart(4, "0")));
/** "0." */
const ZERO_POINT = ZERO + (POINT << 8);

/** A whole number from 0 on, as digits. Gives the place behind it. */
function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  if (value < 10) {
    bytes[at] = ZERO + value;
    return at + 1;
  }
  let end = at;
  if (value >= 10_000) end = writeInteger(bytes, at, Math.floor(value / 10_000));
  const low = value % 10_000;
  let digit = 0;
  if (end === at) digit = low < 100 ? 2 : low < 1000 ? 1 : 0;
  for (; digit < 4; digit++) bytes[end++] = (FOURS[low] >>> (8 * digit)) & 255;
  return end;
}

/**
 * What `String(Number(score.toPrecision(7)))` says of a float of 32 bits in 0..1, without making a string: a million of those
 * take longer than everything else. Times 10^7 to 10^12 such a float is exact in double precision, and both round halves up.
 * Gives the place behind it.
 *
 * @param view of the same bytes
 */
export function writeScore(bytes: Buffer, view: DataView, at: number, score: number): number {
  if (score < LEAST_DIGITS) return writeText(bytes, at, score);
  let end = at;
  let scaled = score * 1e7;
  for (let least = 0.1; score < least; least /= 10) {
    bytes[2 + end++] = ZERO;
    scaled *= 10;
  }
  const digits = Math.round(scaled) | 0;
  if (digits >= LEAST_TOO_LONG) {
    // Most labels are right, and most of those score one; 0.099999999 and the like are rounded to one digit fewer.
    if (score < LEAST_ONE) return writeText(bytes, at, score);
    bytes[at] = ONE;
    return at + 1;
  }
  const high = (digits / 10_000) | 0;
  const low = digits - 10_000 * high;
  // Three digits behind a zero, which is one of the leading ones or written over by the point.
  view.setUint32(end + 1, FOURS[high], true);
  view.setUint16(at, ZERO_POINT, true);
  view.setUint32(end + 5, FOURS[low], true);
  end += 9;
  while (bytes[end - 1] === ZERO) end--;
  return end;
}

const writeText = (bytes: Buffer, at: number, score: number): number =>
  at + bytes.write(String(Number(score.toPrecision(DIGITS))), at, "latin1");
