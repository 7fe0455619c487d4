/** Tiny image folders on disk, for tests through the command line. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { random } from "../../src/random.ts";

/** Classes that a linear model can tell apart most of the time: each is bright in a part of its own. */
const SIDE = 8;

/** A grey picture as PNG, `side` x `side` pixels. */
export function picture(kind: number, seed: number, side = SIDE): Promise<Buffer> {
  const chance = random(1000 * kind + seed);
  const pixels = Uint8Array.from({ length: side * side }, (_, i) => {
    const bright = i % side < side / 2 === (kind % 2 === 0) ? 150 : 90;
    return bright + chance.int(100);
  });
  return sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toBuffer();
}

/** Writes `each` pictures a class as `<class>/<n>.png`. Returns their paths, relative to the folder. */
export async function writePictures(
  folder: string,
  classes: string[],
  each: number,
  { side = SIDE, prefix = "" }: { side?: number; prefix?: string } = {},
): Promise<string[]> {
  const files: string[] = [];
  for (const [kind, name] of classes.entries())
    for (let n = 0; n < each; n++) {
      const file = `${prefix}${name}/${String(n).padStart(3, "0")}.png`;
      write(folder, { [file]: await picture(kind, prefix.length * 100 + n, side) });
      files.push(file);
    }
  return files;
}

/** Writes files below a folder; values that are neither text nor bytes become JSON. */
export function write(folder: string, content: Record<string, unknown>): void {
  for (const [file, value] of Object.entries(content)) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value));
  }
}

/** Probabilities as .npy: `[rows, columns]`, f4, C order. */
export function npy(rows: number[][], columns = rows[0]?.length ?? 0): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${columns}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([start, Buffer.from(padded, "latin1"), Buffer.from(Float32Array.from(rows.flat()).buffer)]);
}

/** A recipe that takes a blink. */
export const BLINK = {
  architecture: [{ flatten: {} }, { dense: { units: "classes", activation: "softmax" } }],
  compile: { optimizer: { name: "adam", learningRate: 0.01 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 1, batchSize: 8 },
};
