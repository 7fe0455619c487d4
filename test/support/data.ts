import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { random } from "../../src/random.ts";

/** Real datasets for tests lie outside of the project; see CONTRIBUTING.md. */
export const DATA = resolve(process.env.ERRATA_DATA ?? "../shared/data");
export const hasData = (path: string): boolean => existsSync(join(DATA, path));

/** Said by a suite that cannot run for want of data. */
export const missing = (path: string): string =>
  `${path} is not in ${process.env.ERRATA_DATA ? "$ERRATA_DATA" : "../shared/data"}`;

export interface Digits {
  /** [images, 28, 28] */
  pixels: Uint8Array;
  labels: Uint8Array;
}

/** MNIST's training (`train`) or test (`t10k`) images. */
export function mnist(part: "train" | "t10k"): Digits {
  const read = (kind: string) => gunzipSync(readFileSync(join(DATA, "mnist", `${part}-${kind}-ubyte.gz`)));
  return { pixels: read("images-idx3").subarray(16), labels: read("labels-idx1").subarray(8) };
}

/** Some images, drawn at random without replacement. */
export function draw({ pixels, labels }: Digits, count: number, seed: number): Digits {
  const rows = random(seed).sample(Array.from(labels.keys()), count);
  const picked = { pixels: new Uint8Array(count * 784), labels: new Uint8Array(count) };
  rows.forEach((row, i) => {
    picked.pixels.set(pixels.subarray(row * 784, (row + 1) * 784), i * 784);
    picked.labels[i] = labels[row];
  });
  return picked;
}

/** Writes digits as MNIST's four IDX files. */
export function writeIdx(folder: string, train: Digits, test: Digits): void {
  mkdirSync(folder, { recursive: true });
  for (const [part, { pixels, labels }] of [
    ["train", train],
    ["t10k", test],
  ] as const) {
    const header = (magic: number, ...sizes: number[]) => {
      const bytes = Buffer.alloc(4 + 4 * sizes.length);
      bytes.writeUInt32BE(magic, 0);
      sizes.forEach((size, i) => void bytes.writeUInt32BE(size, 4 + 4 * i));
      return bytes;
    };
    writeFileSync(
      join(folder, `${part}-images-idx3-ubyte`),
      Buffer.concat([header(0x803, labels.length, 28, 28), pixels]),
    );
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), Buffer.concat([header(0x801, labels.length), labels]));
  }
}

/** Changes a part of the labels of each class to the next class, or each to any other class at random. */
export function withWrongLabels(
  { pixels, labels }: Digits,
  part: number,
  kind: "next" | "random",
  seed: number,
): Digits & { wrong: Set<number> } {
  const chance = random(seed);
  const changed = labels.slice();
  const wrong = new Set<number>();
  for (let k = 0; k < 10; k++) {
    const rows = Array.from(labels.keys()).filter((i) => labels[i] === k);
    for (const row of chance.sample(rows, Math.round(part * rows.length))) {
      changed[row] = kind === "next" ? (k + 1) % 10 : (k + 1 + chance.int(9)) % 10;
      wrong.add(row);
    }
  }
  return { pixels, labels: changed, wrong };
}

/** A sound recipe for digits: learns MNIST to a few per cent with dropout against memorising. */
export const SOUND = {
  architecture: [
    { conv2d: { filters: 16, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { conv2d: { filters: 32, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { flatten: {} },
    { dropout: { rate: 0.5 } },
    { dense: { units: 64, activation: "relu" } },
    { dropout: { rate: 0.25 } },
    { dense: { units: "classes", activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate: 0.001 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 10, batchSize: 32 },
};

/** A folder that is gone when the test file ends. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "errata-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
