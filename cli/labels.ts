import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { InputError } from "../src/errors.ts";
import { fitTemperature } from "../src/stats/calibration.ts";
import { addToThresholds, emptyThresholds } from "../src/stats/confident-joint.ts";
import { isFitted, scoreLabels } from "../src/stats/label-issues.ts";
import { usualConfidence } from "../src/stats/label-score.ts";
import { labelThreshold, SCORE_BINS } from "../src/stats/label-threshold.ts";
import { type NpyRows, openNpyRows } from "./npy-rows.ts";

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

/** Numbers in a block of rows: 2 MiB of probabilities. */
const BLOCK_VALUES = 1 << 18;
const SUM_TOLERANCE = 1e-3;
const QUIET_MILLISECONDS = 2000;
const PREDICTED_REMEDY = "Give out-of-sample probabilities as a .npy array [images, classes] of f4 or f8.";
const LABELS_REMEDY = "Give the labels as a .npy array [images] of integers from 0 to classes - 1.";

function readLabels(file: string, rows: NpyRows, images: number, classes: number): Int32Array {
  const field = "labels";
  if (rows.dimensions === 2 && rows.columns !== 1) {
    throw new InputError({
      file,
      field,
      problem: `It has the shape (${rows.rows}, ${rows.columns}).`,
      remedy: LABELS_REMEDY,
    });
  }
  if (rows.rows !== images) {
    throw new InputError({
      file,
      field,
      problem: `It has ${rows.rows} labels for ${images} rows of probabilities.`,
      remedy: "Give both for the same images, in the same order.",
    });
  }
  const labels = new Int32Array(images);
  for (let from = 0; from < images; from += BLOCK_VALUES) {
    rows.read(from, Math.min(BLOCK_VALUES, images - from)).forEach((label, i) => {
      if (!Number.isInteger(label) || label < 0 || label >= classes) {
        throw new InputError({
          file,
          field: `row ${from + i}`,
          problem: `The label ${label} is none of the ${classes} classes of the probabilities.`,
          remedy: LABELS_REMEDY,
        });
      }
      labels[from + i] = label;
    });
  }
  return labels;
}

function checkProbabilities(file: string, values: Float64Array, from: number, classes: number): void {
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
function scoreFile(file: string, rows: NpyRows, labels: Int32Array, io: Io) {
  const { rows: images, columns: classes } = rows;
  const count = Math.max(1, Math.floor(BLOCK_VALUES / classes));
  const say = progress(io);
  const pass = (share: number, visit: (block: Float64Array, given: Int32Array, from: number) => void) => {
    for (let from = 0; from < images; from += count) {
      const until = Math.min(images, from + count);
      visit(rows.read(from, until - from), labels.subarray(from, until), from);
      say((share + until / images) / 2);
    }
  };
  const sketch = emptyThresholds(classes);
  const sampled: Float64Array[] = [];
  const sampledLabels: number[] = [];
  pass(0, (block, given, from) => {
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
  pass(1, (block, given, from) => {
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
  const probabilities = openNpyRows(options.predProbs, PREDICTED_REMEDY);
  let given: NpyRows | undefined;
  try {
    const { rows: images, columns: classes } = probabilities;
    if (probabilities.dimensions !== 2 || classes < 2 || images < 1) {
      throw new InputError({
        file: options.predProbs,
        field: "shape",
        problem:
          probabilities.dimensions === 2 ? `It has ${images} images and ${classes} classes.` : "It has one dimension.",
        remedy: PREDICTED_REMEDY,
      });
    }
    given = openNpyRows(options.labels, LABELS_REMEDY);
    const labels = readLabels(options.labels, given, images, classes);
    const { score, predicted, rival, temperature, threshold } = scoreFile(options.predProbs, probabilities, labels, io);
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
  } finally {
    probabilities.close();
    given?.close();
  }
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
