import { quantileOfSorted } from "./intervals.ts";

export type ColumnKind = "numeric" | "circular" | "category";
export type ColumnValue = string | number | undefined;

/** A stretch of a column: `[low, high]` of values, or one category. A circular stretch may have `low` above `high`. */
export interface Bin {
  low: number;
  high: number;
  category?: string;
}

/** A column cut into bins: each image's bin, -1 where the value is missing. Neighbouring bins have neighbouring numbers. */
export interface Binned {
  kind: ColumnKind;
  bins: Bin[];
  test: Int32Array;
  train: Int32Array;
}

const TURN_DEGREES = 360;
const ANGLES = /azimuth|angle|bearing|heading|yaw|hue|rotation|orientation|direction/i;

/** Text that is a number becomes one; empty text is missing. */
function asNumber(value: ColumnValue): number {
  if (typeof value === "number") return value;
  return value === undefined || value.trim() === "" ? Number.NaN : Number(value);
}

const isMissing = (value: ColumnValue) =>
  value === undefined || value === "" || (typeof value === "number" && Number.isNaN(value));

/**
 * What a column holds. Numeric: nothing but numbers. Circular: numbers in 0..360 that go round (no empty stretch of more
 * than 60 degrees) under a name that means an angle.
 */
export function kindOf(name: string, values: ColumnValue[]): ColumnKind {
  const present = values.filter((value) => !isMissing(value));
  if (present.length === 0) return "category";
  const numbers = present.map(asNumber);
  if (!numbers.every(Number.isFinite)) return "category";
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const last = sorted[sorted.length - 1];
  const holes = sorted.map((value, i) => (i === 0 ? value + TURN_DEGREES - last : value - sorted[i - 1]));
  const round = sorted[0] >= 0 && last <= TURN_DEGREES && Math.max(...holes) <= 60;
  return round && ANGLES.test(name) ? "circular" : "numeric";
}

/** Index of the bin that holds `value`; bins are in ascending order and the outer ones are open. */
function binAt(bins: Bin[], value: number): number {
  let low = 0;
  let high = bins.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= bins[middle].high) high = middle;
    else low = middle + 1;
  }
  return low;
}

function numericBins(values: number[], most: number): Bin[] {
  const sorted = Float64Array.from(values).sort();
  const distinct = [...new Set(sorted)];
  if (distinct.length <= most) return distinct.map((value) => ({ low: value, high: value }));
  const edges = [...new Set(Array.from({ length: most - 1 }, (_, b) => quantileOfSorted(sorted, (b + 1) / most)))];
  return [...edges, sorted[sorted.length - 1]].map((high, b) => ({ low: b === 0 ? sorted[0] : edges[b - 1], high }));
}

/** Equal arcs: what an angle's density is judged by must not depend on where the circle is cut. */
function circularBins(arcs: number): Bin[] {
  const width = TURN_DEGREES / arcs;
  return Array.from({ length: arcs }, (_, b) => ({ low: b * width, high: (b + 1) * width }));
}

/** Cuts a column into at most `most` bins by the values that the test images have: quantiles, arcs, or categories. */
export function cut(name: string, test: ColumnValue[], train: ColumnValue[], most: number, kind?: ColumnKind): Binned {
  const means = kind ?? kindOf(name, [...test, ...train]);
  if (means === "category") {
    const names = [...new Set(test.filter((value) => !isMissing(value)).map(String))].sort();
    const at = new Map(names.map((category, b) => [category, b]));
    const place = (values: ColumnValue[]) =>
      Int32Array.from(values, (value) => (isMissing(value) ? -1 : (at.get(String(value)) ?? -1)));
    return {
      kind: means,
      bins: names.map((category, b) => ({ low: b, high: b, category })),
      test: place(test),
      train: place(train),
    };
  }
  const numbers = (values: ColumnValue[]) => values.map(asNumber);
  const wrap = (value: number) =>
    means === "circular" ? ((value % TURN_DEGREES) + TURN_DEGREES) % TURN_DEGREES : value;
  const known = numbers(test)
    .filter((value) => !Number.isNaN(value))
    .map(wrap);
  const distinct = new Set(known).size;
  const bins = means === "circular" && distinct > most ? circularBins(most) : numericBins(known, most);
  const place = (values: ColumnValue[]) =>
    Int32Array.from(numbers(values), (value) =>
      Number.isNaN(value) || bins.length === 0 ? -1 : binAt(bins, wrap(value)),
    );
  return { kind: means, bins, test: place(test), train: place(train) };
}
