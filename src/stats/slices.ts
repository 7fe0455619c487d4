import { type Binned, type ColumnKind, type ColumnValue, cut } from "./columns.ts";
import { holm } from "./holm.ts";
import { quantile } from "./intervals.ts";
import { meanDistance, nearest } from "./neighbours.ts";
import { mannWhitney } from "./rank.ts";

export interface SliceColumn {
  name: string;
  /** Found from the values and the name when left out. */
  kind?: ColumnKind;
  /** One value a test image, in the order of `errors`. */
  test: ColumnValue[];
  /** One value a training image. */
  train: ColumnValue[];
}

export interface SliceSpace {
  /** "features", or in words what its dimensions are. */
  name: string;
  /** `[test images, width]` and `[training images, width]`, in units that are alike. */
  test: Float32Array;
  train: Float32Array;
  width: number;
}

export interface SliceInput {
  /** Error rate of each test image, 0..1, `[test images]`. */
  errors: Float32Array;
  columns: SliceColumn[];
  /** What images are near or far in: what the model sees of them, or what is measured of them. */
  spaces?: SliceSpace[];
  /** Largest chance of naming any slice where errors fall anyhow; 0.05 when left out. */
  alpha?: number;
}

/** A kind of test image that training lacks and in which errors gather. */
export interface FoundSlice {
  /** "azimuth 100..260 degrees" */
  slice: string;
  /** Name of a column or of a space. */
  column: string;
  /** Ends of the stretch; a circular one may go through zero (`low` above `high`). Of categories: not a number. */
  low: number;
  high: number;
  /** Indices into `errors`, ascending. */
  members: Uint32Array;
  trainCount: number;
  trainShare: number;
  testShare: number;
  /** Mean error of the members, and of the other test images. */
  errorRate: number;
  elsewhere: number;
  /** One-sided (Mann and Whitney), corrected for the number of candidates (Holm). */
  pValue: number;
}

const MOST_BINS = 18;
/** A bin is thin where training has less than this part of the density that the test set has. */
const THIN = 0.5;
const FEWEST_MEMBERS = 5;
const NEIGHBOURS = 10;
/** Rows of training that the feature space is described by at most: the comparison is with all pairs. */
const MOST_ROWS = 4000;

type Candidate = Omit<FoundSlice, "pValue" | "errorRate" | "elsewhere">;

/** Counts of images by bin. */
function counts(places: Int32Array, bins: number): Float64Array {
  const counted = new Float64Array(bins);
  for (const place of places) if (place >= 0) counted[place]++;
  return counted;
}

/** Runs of neighbouring thin bins; on a circle the last is next to the first. Categories stand alone. */
function thinRuns({ kind, bins, test, train }: Binned): number[][] {
  const inTest = counts(test, bins.length);
  const inTrain = counts(train, bins.length);
  const testSum = inTest.reduce((sum, count) => sum + count, 0);
  const trainSum = inTrain.reduce((sum, count) => sum + count, 0);
  if (trainSum === 0) return [];
  const thin = bins.map((_, b) => inTest[b] > 0 && inTrain[b] / trainSum < (THIN * inTest[b]) / testSum);
  const runs: number[][] = [];
  thin.forEach((isThin, b) => {
    if (!isThin) return;
    const open = kind !== "category" && b > 0 && thin[b - 1];
    if (open) runs[runs.length - 1].push(b);
    else runs.push([b]);
  });
  const round = kind === "circular" && runs.length > 1 && thin[0] && thin[bins.length - 1];
  if (round) runs[0] = [...runs.pop()!, ...runs[0]];
  return runs;
}

/** Indices of the values that fit, ascending. */
function indicesWhere(values: Int32Array | Float32Array, fits: (value: number) => boolean): Uint32Array {
  const found: number[] = [];
  values.forEach((value, i) => {
    if (fits(value)) found.push(i);
  });
  return Uint32Array.from(found);
}

const rounded = (value: number) => String(Number(value.toPrecision(4)));

function describe(name: string, kind: ColumnKind, low: number, high: number, categories: string[]): string {
  if (kind === "category") return `${name} ${categories.join(", ")}`;
  const unit = kind === "circular" ? " degrees" : "";
  return low === high ? `${name} ${rounded(low)}${unit}` : `${name} ${rounded(low)}..${rounded(high)}${unit}`;
}

function columnCandidates({ name, kind, test, train }: SliceColumn): Candidate[] {
  const binned = cut(name, test, train, MOST_BINS, kind);
  const known = (places: Int32Array) => places.reduce((sum, place) => sum + (place >= 0 ? 1 : 0), 0);
  const testKnown = known(binned.test);
  return thinRuns(binned).map((run) => {
    const inside = new Set(run);
    const members = indicesWhere(binned.test, (place) => inside.has(place));
    const trainCount = binned.train.reduce((sum, place) => sum + (inside.has(place) ? 1 : 0), 0);
    const { low } = binned.bins[run[0]];
    const { high } = binned.bins[run[run.length - 1]];
    const categories = run.map((b) => binned.bins[b].category ?? "");
    const isCategory = binned.kind === "category";
    return {
      slice: describe(name, binned.kind, low, high, categories),
      column: name,
      low: isCategory ? Number.NaN : low,
      high: isCategory ? Number.NaN : high,
      members,
      trainCount,
      trainShare: trainCount / train.length,
      testShare: members.length / Math.max(1, testKnown),
    };
  });
}

/** Every so many-th row, so that at most `most` are left. */
function thinned(values: Float32Array, width: number, most: number): Float32Array {
  const rows = values.length / width;
  if (rows <= most) return values;
  const kept = new Float32Array(most * width);
  for (let r = 0; r < most; r++) {
    const from = Math.floor((r * rows) / most) * width;
    kept.set(values.subarray(from, from + width), r * width);
  }
  return kept;
}

/** What was found in a space, which says nothing of errors: all pairs of images are compared for it. */
const foundIn = new WeakMap<SliceSpace, Candidate[]>();

function spaceCandidates(space: SliceSpace): Candidate[] {
  const known = foundIn.get(space) ?? farFromTraining(space);
  foundIn.set(space, known);
  return known;
}

/** Test images farther from their training neighbours than nearly all training images are from theirs (leave-one-out). */
function farFromTraining({ name, test, train, width }: SliceSpace): Candidate[] {
  const references = { values: thinned(train, width, MOST_ROWS), width };
  const trainRows = references.values.length / width;
  if (trainRows <= NEIGHBOURS) return [];
  const own = meanDistance(nearest(references, references, NEIGHBOURS, { sameSet: true }));
  const distance = meanDistance(nearest({ values: test, width }, references, NEIGHBOURS));
  return [0.95, 0.99].map((share) => {
    const limit = quantile(own, share);
    const members = indicesWhere(distance, (value) => value > limit);
    const trainCount = Math.round(own.filter((value) => value > limit).length * (train.length / width / trainRows));
    return {
      slice: `images unlike ${rounded(100 * share)} % of the training images${name === "features" ? "" : ` in ${name}`}`,
      column: name,
      low: limit,
      high: Number.POSITIVE_INFINITY,
      members,
      trainCount,
      trainShare: trainCount / (train.length / width),
      testShare: members.length / distance.length,
    };
  });
}

/**
 * Kinds of test image that are scarce in training, by a stretch of a metadata column or by distance in a space, and
 * that the model gets wrong more often than the others; most errors beyond the usual first. A column's stretches are
 * made where training density is below half the test density, without a look at the errors, so that the test of the errors
 * is honest. Overlapping slices of different columns are all listed.
 */
export function findSlices({ errors, columns, spaces = [], alpha = 0.05 }: SliceInput): FoundSlice[] {
  const candidates = [...columns.flatMap(columnCandidates), ...spaces.flatMap(spaceCandidates)].filter(
    ({ members, trainShare, testShare }) =>
      members.length >= FEWEST_MEMBERS && members.length < errors.length && trainShare < THIN * testShare,
  );
  const judged = candidates.map((candidate) => {
    const inside = new Uint8Array(errors.length);
    for (const member of candidate.members) inside[member] = 1;
    const within = errors.filter((_, i) => inside[i] === 1);
    const outside = errors.filter((_, i) => inside[i] === 0);
    const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      ...candidate,
      errorRate: mean(within),
      elsewhere: mean(outside),
      pValue: mannWhitney(within, outside).pValue,
    };
  });
  const adjusted = holm(judged.map(({ pValue }) => pValue));
  const excess = ({ members, errorRate, elsewhere }: FoundSlice) => members.length * (errorRate - elsewhere);
  return judged
    .map((slice, c) => ({ ...slice, pValue: adjusted[c] }))
    .filter(({ pValue, errorRate, elsewhere }) => pValue <= alpha && errorRate > elsewhere)
    .sort((a, b) => excess(b) - excess(a));
}
