import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { type NumericArray, readNpy, readNpyHeader, streamNpyRows } from "../src/dataset/npy.ts";
import { InputError } from "../src/errors.ts";
import { fitTemperature } from "../src/stats/calibration.ts";
import { addToThresholds, emptyThresholds } from "../src/stats/confident-joint.ts";
import { isFitted, scoreLabels } from "../src/stats/label-issues.ts";
import { usualConfidence } from "../src/stats/label-score.ts";
import { labelThreshold, SCORE_BINS } from "../src/stats/label-threshold.ts";

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

/** Rows in a block: 8 MiB of probabilities, and not so few that a file in Fortran order falls into small reads. */
const BLOCK = { values: 1 << 20, leastRows: 4096 };
const SUM_TOLERANCE = 1e-3;
const QUIET_MILLISECONDS = 2000;
const PREDICTED_REMEDY = "Give out-of-sample probabilities as a .npy array [images, classes] of f4 or f8.";
const LABELS_REMEDY = "Give the labels as a .npy array [images] of integers from 0 to classes - 1.";

async function readLabels(file: string, images: number, classes: number): Promise<Int32Array> {
  const { shape, data } = await readNpy(file);
  if (shape.length < 1 || data.length !== shape[0]) {
    const problem = `It has the shape (${shape.join(", ")}).`;
    throw new InputError({ file, field: "shape", problem, remedy: LABELS_REMEDY });
  }
  if (data.length !== images) {
    const problem = `It has ${data.length} labels for ${images} rows of probabilities.`;
    const remedy = "Give both for the same images, in the same order.";
    throw new InputError({ file, field: "labels", problem, remedy });
  }
  data.forEach((label, row) => {
    if (Number.isInteger(label) && label >= 0 && label < classes) return;
    const problem = `The label ${label} is none of the ${classes} classes of the probabilities.`;
    throw new InputError({ file, field: `row ${row}`, problem, remedy: LABELS_REMEDY });
  });
  return Int32Array.from(data);
}

function checkProbabilities(file: string, values: NumericArray, from: number, classes: number): void {
  for (let start = 0; start < values.length; start += classes) {
    let sum = 0;
    let sound = true;
    for (let k = start; k < start + classes; k++) {
      sound &&= values[k] >= -SUM_TOLERANCE && values[k] <= 1 + SUM_TOLERANCE;
      sum += values[k];
    }
    if (sound && Math.abs(sum - 1) <= SUM_TOLERANCE) continue;
    const row = values.subarray(start, start + classes);
    const problem = row.some(Number.isNaN)
      ? "It holds a value that is no number (NaN)."
      : sound
        ? `Its probabilities sum to ${Number(sum.toPrecision(6))}, not to 1.`
        : "It holds a value that is no probability: below 0 or above 1.";
    const remedy =
      "Give probabilities: apply softmax to logits, and leave out images without a prediction (their labels too).";
    throw new InputError({ file, field: `row ${from + start / classes}`, problem, remedy });
  }
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
async function scoreFile(file: string, labels: Int32Array, classes: number, io: Io) {
  const images = labels.length;
  const most = Math.max(BLOCK.leastRows, Math.floor(BLOCK.values / classes));
  const say = progress(io);
  const pass = async (done: number, visit: (block: NumericArray, given: Int32Array, from: number) => void) => {
    for await (const { from, rows, data } of streamNpyRows(file, most)) {
      visit(data, labels.subarray(from, from + rows), from);
      say((done + (from + rows) / images) / 2);
    }
  };
  const sketch = emptyThresholds(classes);
  const sampled: NumericArray[] = [];
  const sampledLabels: number[] = [];
  await pass(0, (block, given, from) => {
    checkProbabilities(file, block, from, classes);
    addToThresholds(sketch, given, block);
    given.forEach((label, i) => {
      if (!isFitted(from + i, images, classes)) return;
      sampled.push(block.slice(i * classes, (i + 1) * classes));
      sampledLabels.push(label);
    });
  });
  const sample = new Float64Array(sampled.length * classes);
  for (const [s, row] of sampled.entries()) sample.set(row, s * classes);
  const temperature = fitTemperature(sample, sampledLabels, classes);
  const usual = usualConfidence(sketch);
  const score = new Float32Array(images);
  const predicted = new Int32Array(images);
  const rival = new Int32Array(images);
  const histogram = new Float64Array(SCORE_BINS);
  await pass(1, (block, given, from) => {
    const part = scoreLabels(given, block, usual, temperature);
    score.set(part.score, from);
    predicted.set(part.predicted, from);
    rival.set(part.rival, from);
    for (let bin = 0; bin < SCORE_BINS; bin++) histogram[bin] += part.histogram[bin];
  });
  return { score, predicted, rival, temperature, threshold: labelThreshold(histogram) };
}

/** Writes the table beside its place and moves it there whole. */
function writeTable(
  out: string,
  labels: Int32Array,
  score: Float32Array,
  predicted: Int32Array,
  threshold: number,
): void {
  const partial = `${out}.${process.pid}.partial`;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(partial, "w");
    let text = "is_label_issue,label_score,given_label,predicted_label\n";
    for (let i = 0; i < labels.length; i++) {
      text += `${score[i] < threshold ? "True" : "False"},${Number(score[i].toPrecision(7))},${labels[i]},${predicted[i]}\n`;
      if (text.length < 1 << 18 && i < labels.length - 1) continue;
      writeSync(descriptor, text);
      text = "";
    }
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

/**
 * `errata labels`: finds wrong labels from arrays alone. Memory is a block of rows, a sample for the temperature and 20 bytes an
 * image. Columns of the table: is_label_issue (True, False), label_score (0..1, low = bad), given_label, predicted_label; one
 * row an image in input order.
 *
 * @throws InputError for arrays that do not fit or a table that cannot be written; nothing half-written is left.
 */
export async function runLabels(options: LabelsOptions, io: Io = process): Promise<LabelsSummary> {
  const out = options.out ?? "label_issues.csv";
  const { shape } = await readNpyHeader(options.predProbs);
  const [images, classes] = shape;
  if (shape.length !== 2 || classes < 2 || images < 1) {
    const problem = `It has the shape (${shape.join(", ")}).`;
    throw new InputError({ file: options.predProbs, field: "shape", problem, remedy: PREDICTED_REMEDY });
  }
  const labels = await readLabels(options.labels, images, classes);
  const { score, predicted, rival, temperature, threshold } = await scoreFile(options.predProbs, labels, classes, io);
  const pairs = new Map<number, number>();
  let flagged = 0;
  for (let i = 0; i < images; i++) {
    if (score[i] >= threshold) continue;
    flagged++;
    if (predicted[i] === labels[i]) predicted[i] = rival[i];
    const pair = labels[i] * classes + predicted[i];
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  writeTable(out, labels, score, predicted, threshold);
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
