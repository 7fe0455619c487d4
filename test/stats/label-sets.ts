import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

export const DATA = process.env.ERRATA_DATA ?? resolve("../shared/data");
export const hasLabelErrors = existsSync(`${DATA}/label-errors/mnist`);

/** A small array of numbers from a .npy file, in row order: enough for the sets that these tests read. */
function load(path: string): Float64Array {
  const bytes = readFileSync(`${DATA}/label-errors/${path}`);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, start);
  const body = bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length);
  const [rows, columns] = header
    .match(/\((\d+),\s*(\d*)\)/)!
    .slice(1)
    .map(Number);
  if (header.includes("<u2")) return Float64Array.from(new Uint16Array(body));
  if (header.includes("<i8")) return Float64Array.from(new BigInt64Array(body), Number);
  const values = new Float64Array(body);
  if (!header.includes("'fortran_order': True")) return values;
  return values.map((_, at) => values[(at % columns) * rows + Math.floor(at / columns)]);
}

/** `wrong`: 1 where the given label is not the true one. `mark`: the better published F1 of plain argmax and the usual default. */
export function labelSet(set: string, model: string) {
  const labels = Int32Array.from(load(`${set}/labels.npy`));
  const truth = load(`${set}/true.npy`);
  return {
    labels,
    probabilities: load(`${set}/pred_probs-${model}.npy`),
    wrong: labels.map((l, i) => (l === truth[i] ? 0 : 1)),
  };
}

export const SETS = [
  { set: "cifar10-synthetic", model: "resnet18", mark: 0.942 },
  { set: "cifar10-synthetic", model: "twins_pcpvt_base", mark: 0.973 },
  { set: "cifar10n-aggregate", model: "resnet18", mark: 0.747 },
  { set: "cifar10n-aggregate", model: "efficientnet_b1", mark: 0.736 },
];

export function mnistSet() {
  const verdicts = JSON.parse(readFileSync(`${DATA}/label-errors/mnist/mnist_mturk.json`, "utf8")) as {
    id: number;
    mturk: { given: number };
  }[];
  return {
    labels: Int32Array.from(load("mnist/mnist_test_set_original_labels.npy")),
    probabilities: load("mnist/mnist_test_set_pyx.npy"),
    confirmed: verdicts.filter(({ mturk }) => mturk.given < 3).map(({ id }) => id),
  };
}
