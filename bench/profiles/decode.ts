/**
 * Where the time of reading and scanning JPEGs goes: processor time an image, microseconds, which other work on the machine changes
 * little. `node --import tsx bench/profiles/decode.ts <folder of JPEGs>`
 */
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { decode, toShape } from "../../src/image/decode.ts";
import { hash } from "../../src/image/hash.ts";
import { measure } from "../../src/image/quality.ts";
import { greyOf } from "../../src/image/raw.ts";
import { thumbnail } from "../../src/image/thumbnail.ts";

const folder = process.argv[2];
const names = readdirSync(folder).map((name) => join(folder, name));
const files = names.map((name) => readFileSync(name));
const BLOCK = 64;

/** The second of two runs counts. */
async function profile(what: string, work: (i: number) => unknown): Promise<void> {
  let microseconds = 0;
  for (let run = 0; run < 2; run++) {
    const before = process.cpuUsage();
    for (let from = 0; from < files.length; from += BLOCK)
      await Promise.all(Array.from({ length: Math.min(BLOCK, files.length - from) }, (_, k) => work(from + k)));
    const { user, system } = process.cpuUsage(before);
    microseconds = (user + system) / files.length;
  }
  console.log(`${what.padEnd(40)}${microseconds.toFixed(0).padStart(6)}`);
}

const raws = await Promise.all(files.map(decode));
await profile("reading the file, by promise", (i) => readFile(names[i]));
await profile("reading the file, at once", (i) => readFileSync(names[i]));
await profile("metadata by sharp", (i) => sharp(files[i]).metadata());
await profile("pixels by sharp", (i) => sharp(files[i]).raw().toBuffer());
await profile("decode", (i) => decode(files[i]));
await profile("grey values", (i) => greyOf(raws[i]));
await profile("grey values, hashes, measures", (i) => {
  const grey = greyOf(raws[i]);
  return [hash(raws[i], grey), measure(raws[i], grey)];
});
await profile("thumbnail, with the file at hand", (i) => thumbnail(raws[i], files[i]));
await profile("thumbnail of pixels", (i) => thumbnail(raws[i]));
await profile("to a model's 32 x 32", (i) => toShape(raws[i], { height: 32, width: 32, channels: 3 }));
process.exit(0);
