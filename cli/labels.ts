import { type NumericArray, readNpyHeader, streamNpyRows } from "../src/dataset/npy.ts";
import { InputError } from "../src/errors.ts";
import {
  addToLabelSketch,
  emptyLabelSketch,
  labelScale,
  scoreAndCount,
  suggestedClass,
} from "../src/stats/label-issues.ts";
import { emptyScores } from "../src/stats/label-score.ts";
import { labelThreshold } from "../src/stats/label-threshold.ts";
import { writeLabelsTable } from "./labels-table.ts";

export interface LabelsOptions {
  /** Given labels: .npy, integers, `[images]`. */
  labels: string;
  /** Out-of-sample probabilities: .npy, `[images, classes]`. */
  predProbs: string;
  /** The table; `label_issues.csv` when left out. */
  out?: string;
}

export interface Io {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
}

export interface LabelsSummary {
  images: number;
  classes: number;
  flagged: number;
  /** Share of labels that are flagged: the estimate of the noise rate. */
  noiseRate: number;
  threshold: number;
  temperature: number;
  /** Given and suggested class of flagged labels, most frequent first. */
  pairs: { given: number; suggested: number; images: number }[];
  out: string;
}

/** Rows in a block: 1 MiB of probabilities, which the processor's cache holds. */
const BLOCK_VALUES = 1 << 17;
/** In Fortran order a block is read class by class: not so few rows that the file falls into small reads. */
const LEAST_FORTRAN_ROWS = 4096;
const LABELS_IN_BLOCK = 1 << 16;
const SUM_TOLERANCE = 1e-3;
const QUIET_MILLISECONDS = 2000;
const PREDICTED_REMEDY = "Give out-of-sample probabilities as a .npy array [images, classes] of f4 or f8.";
const LABELS_REMEDY = "Give the labels as a .npy array [images] of integers from 0 to classes - 1.";

async function readLabels(file: string, images: number, classes: number): Promise<Int32Array> {
  const { shape } = await readNpyHeader(file);
  const values = shape.reduce((product, side) => product * side, 1);
  if (shape.length < 1 || values !== shape[0]) {
    const problem = `It has the shape (${shape.join(", ")}).`;
    throw new InputError({ file, field: "shape", problem, remedy: LABELS_REMEDY });
  }
  if (values !== images) {
    const problem = `It has ${values} labels for ${images} rows of probabilities.`;
    const remedy = "Give both for the same images, in the same order.";
    throw new InputError({ file, field: "labels", problem, remedy });
  }
  const labels = new Int32Array(images);
  for await (const { from, data } of streamNpyRows(file, LABELS_IN_BLOCK)) {
    for (let i = 0; i < data.length; i++) {
      const label = data[i];
      if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
        const problem = `The label ${label} is none of the ${classes} classes of the probabilities.`;
        throw new InputError({ file, field: `row ${from + i}`, problem, remedy: LABELS_REMEDY });
      }
      labels[from + i] = label;
    }
  }
  return labels;
}

function checkProbabilities(file: string, values: NumericArray, from: number, classes: number): void {
  for (let start = 0; start < values.length; start += classes) {
    // Where none is negative and they sum to one, none is above one either. Four sums, since an addition waits for the last one.
    const end = start + classes;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let isNegative = false;
    let k = start;
    for (; k + 3 < end; k += 4) {
      const p = values[k];
      const q = values[k + 1];
      const r = values[k + 2];
      const s = values[k + 3];
      a += p;
      b += q;
      c += r;
      d += s;
      if (p < 0 || q < 0 || r < 0 || s < 0) isNegative = true;
    }
    for (; k < end; k++) {
      a += values[k];
      if (values[k] < 0) isNegative = true;
    }
    if (isNegative || !(Math.abs(a + b + c + d - 1) <= SUM_TOLERANCE)) checkRow(file, values, start, from, classes);
  }
}

/** Small negative values are rounding; NaN fails every comparison. */
function checkRow(file: string, values: NumericArray, start: number, from: number, classes: number): void {
  const row = Array.from(values.subarray(start, start + classes));
  const sum = row.reduce((total, value) => total + value, 0);
  const sound = row.every((value) => value >= -SUM_TOLERANCE && value <= 1 + SUM_TOLERANCE);
  if (sound && Math.abs(sum - 1) <= SUM_TOLERANCE) return;
  const problem = row.some(Number.isNaN)
    ? "It holds a value that is no number (NaN)."
    : sound
      ? `Its probabilities sum to ${Number(sum.toPrecision(6))}, not to 1.`
      : "It holds a value that is no probability: below 0 or above 1.";
  const remedy =
    "Give probabilities: apply softmax to logits, and leave out images without a prediction (their labels too).";
  throw new InputError({ file, field: `row ${from + start / classes}`, problem, remedy });
}

/** Says on stderr how far a long run has come: a line a second once two have passed. */
function progress(io: Io) {
  let next = Date.now() + QUIET_MILLISECONDS;
  return (share: number) => {
    if (Date.now() < next) return;
    next = Date.now() + 1000;
    io.stderr.write(`errata labels: ${Math.floor(100 * share)} %\n`);
  };
}

/** Two passes over the file: class thresholds and a sample for the temperature, then scores. */
async function scoreFile(file: string, labels: Int32Array, classes: number, fortran: boolean, io: Io) {
  const images = labels.length;
  const most = Math.max(fortran ? LEAST_FORTRAN_ROWS : 1, Math.floor(BLOCK_VALUES / classes));
  const say = progress(io);
  const pass = async (done: number, visit: (block: NumericArray, given: Int32Array, from: number) => void) => {
    for await (const { from, rows, data } of streamNpyRows(file, most)) {
      visit(data, labels.subarray(from, from + rows), from);
      say((done + (from + rows) / images) / 2);
    }
  };
  const sketch = emptyLabelSketch(images, classes);
  await pass(0, (block, given, from) => {
    checkProbabilities(file, block, from, classes);
    addToLabelSketch(sketch, given, block);
  });
  const scale = labelScale(sketch);
  const scores = emptyScores(images);
  const { score, predicted, rival } = scores;
  await pass(1, (block, given, from) => {
    const to = from + given.length;
    scoreAndCount(scale, given, block, {
      score: score.subarray(from, to),
      predicted: predicted.subarray(from, to),
      rival: rival.subarray(from, to),
    });
  });
  return { scores, temperature: scale.temperature, threshold: labelThreshold(scale.histogram) };
}

/**
 * `errata labels`: finds wrong labels from arrays alone. Memory is a block of rows, a sample for the temperature and 20 bytes an
 * image. Columns of the table: is_label_issue (True, False), label_score (0..1, low = bad), given_label, predicted_label; one
 * row an image in input order.
 *
 * @throws InputError for arrays that do not fit or a table that cannot be written; nothing half-written is left.
 */
export async function runLabels(options: LabelsOptions, io: Io = process): Promise<LabelsSummary> {
  const out = options.out ?? "label_issues.csv";
  const { shape, fortranOrder } = await readNpyHeader(options.predProbs);
  const [images, classes] = shape;
  if (shape.length !== 2 || classes < 2 || images < 1) {
    const problem = `It has the shape (${shape.join(", ")}).`;
    throw new InputError({ file: options.predProbs, field: "shape", problem, remedy: PREDICTED_REMEDY });
  }
  const labels = await readLabels(options.labels, images, classes);
  const scored = await scoreFile(options.predProbs, labels, classes, fortranOrder, io);
  const { scores, temperature, threshold } = scored;
  const { score, predicted } = scores;
  const pairs = new Map<number, number>();
  let flagged = 0;
  for (let i = 0; i < images; i++) {
    if (score[i] >= threshold) continue;
    flagged++;
    predicted[i] = suggestedClass(scores, i, labels[i]);
    const pair = labels[i] * classes + predicted[i];
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  writeLabelsTable(out, { score, threshold, given: labels, predicted });
  const summary: LabelsSummary = {
    images,
    classes,
    flagged,
    noiseRate: flagged / images,
    threshold,
    temperature,
    pairs: [...pairs]
      .map(([pair, count]) => ({ given: Math.floor(pair / classes), suggested: pair % classes, images: count }))
      .sort((a, b) => b.images - a.images || a.given - b.given || a.suggested - b.suggested),
    out,
  };
  io.stdout.write(inWords(summary));
  return summary;
}

function inWords({ images, flagged, noiseRate, pairs, out }: LabelsSummary): string {
  const share = (100 * noiseRate).toFixed(1);
  const most = pairs
    .slice(0, 5)
    .map(({ given, suggested, images: count }) => `  given ${given}, suggested ${suggested}: ${count}`);
  return [
    `${flagged} of ${images} labels are likely wrong (estimated noise rate ${share} %).`,
    ...(most.length > 0 ? ["Most frequent:", ...most] : []),
    `Table: ${out}`,
    "",
  ].join("\n");
}
