/** JPEG files to a table of probabilities: decoding one block while the engine predicts another. Or the engine alone. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEngine } from "../../src/engine/open.ts";
import type { EngineName } from "../../src/engine/types.ts";
import { decode, toShape } from "../../src/image/decode.ts";
import { train } from "../../src/model/train.ts";
import type { Recipe } from "../../src/model/types.ts";
import type { Network } from "../networks.ts";
import { optionsOf, serve } from "./serve.ts";

const BLOCK = 128;

const options = optionsOf<{
  engine: EngineName;
  network: Network;
  folder: string;
  what: "end to end" | "engine alone";
  out: string;
}>();
const { network, folder } = options;
const { size, channels, classes } = network;
const shape = { height: size, width: size, channels };
const bytesEach = size * size * channels;
const engine = await openEngine(options.engine, { threads: 2 });
const recipe: Recipe = {
  architecture: network.architecture,
  compile: { optimizer: { name: "adam", learningRate: 0.001 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 1, batchSize: classes },
  input: { size: [size, size], channels, scale: "0..1", order: "rgb" },
};
const some = {
  shape,
  pixels: new Uint8Array(classes * bytesEach),
  labels: Int32Array.from({ length: classes }, (_, i) => i),
};
const model = await train(engine, recipe, some, { seed: 1, classes, steps: 1 });

const files = readdirSync(folder)
  .sort()
  .flatMap((kind) =>
    readdirSync(join(folder, kind))
      .sort()
      .map((file) => join(folder, kind, file)),
  );

async function block(from: number): Promise<Uint8Array> {
  const names = files.slice(from, from + BLOCK);
  const pixels = new Uint8Array(names.length * bytesEach);
  const one = async (name: string, i: number) =>
    pixels.set(await toShape(await decode(readFileSync(name)), shape), i * bytesEach);
  await Promise.all(names.map(one));
  return pixels;
}

async function endToEnd(): Promise<object> {
  let table = `file,predicted,${Array.from({ length: classes }, (_, k) => `p${k}`).join(",")}\n`;
  let next = block(0);
  for (let from = 0; from < files.length; from += BLOCK) {
    const pixels = await next;
    next = from + BLOCK < files.length ? block(from + BLOCK) : next;
    const probabilities = await model.predict(pixels);
    for (let i = 0; i * classes < probabilities.length; i++) {
      const row = probabilities.subarray(i * classes, (i + 1) * classes);
      table += `${files[from + i]},${row.indexOf(Math.max(...row))},${row.join(",")}\n`;
    }
  }
  writeFileSync(options.out, table);
  return { images: files.length };
}

async function alone(): Promise<() => Promise<object>> {
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < files.length; from += BLOCK) blocks.push(await block(from));
  return async () => {
    for (const pixels of blocks) await model.predict(pixels);
    return { images: files.length };
  };
}

await serve(options.what === "end to end" ? endToEnd : await alone());
