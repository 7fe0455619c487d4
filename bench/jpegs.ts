/** Folders of JPEGs for the rows that read images. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { DATA, hasData, missing } from "../test/support/data.ts";
import { type Bench, CannotRun } from "./types.ts";

const ARCHIVE = "cifar10/cifar-10-images-jpg.tar.gz";

/** CIFAR-10's 10,000 test images, 32 x 32: `<folder>/<class>/<number>.jpg`. */
export function cifar({ scratch }: Bench): string {
  if (!hasData(ARCHIVE)) throw new CannotRun(`${missing(ARCHIVE)}.`);
  const folder = join(scratch, "cifar");
  if (!existsSync(join(folder, "test"))) {
    mkdirSync(folder, { recursive: true });
    execFileSync("tar", ["-xzf", join(DATA, ARCHIVE), "-C", folder, "test"]);
  }
  return join(folder, "test");
}

/** The first so many of each class of a folder of classes, as another folder of links to them. */
export function part(bench: Bench, name: string, from: string, ofEachClass: number): string {
  const folder = join(bench.scratch, `${name}-${ofEachClass}`);
  if (existsSync(folder)) return folder;
  for (const kind of readdirSync(from)) {
    mkdirSync(join(folder, kind), { recursive: true });
    for (const file of readdirSync(join(from, kind)).sort(byNumber).slice(0, ofEachClass))
      writeFileSync(join(folder, kind, file), readFileSync(join(from, kind, file)));
  }
  return folder;
}

const byNumber = (a: string, b: string) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1);

/** 1,000 JPEGs of `side` x `side`: CIFAR-10's images made larger, with grain, so that they are as hard to read as photographs. */
export async function larger(bench: Bench, side: number, count = 1000): Promise<string> {
  const from = cifar(bench);
  const folder = join(bench.scratch, `larger-${side}-${count}`);
  if (existsSync(join(folder, "made"))) return join(folder, "images");
  bench.say(`Making ${count} JPEGs of ${side} x ${side}`);
  const kinds = readdirSync(from);
  for (const kind of kinds) {
    mkdirSync(join(folder, "images", kind), { recursive: true });
    for (const file of readdirSync(join(from, kind))
      .sort(byNumber)
      .slice(0, count / kinds.length)) {
      const image = sharp(join(from, kind, file)).resize(side, side, { kernel: "cubic" });
      const noise = { type: "gaussian" as const, mean: 128, sigma: 12 };
      const grain = await sharp({ create: { width: side, height: side, channels: 3, background: "#808080", noise } })
        .png()
        .toBuffer();
      await image
        .composite([{ input: grain, blend: "soft-light" }])
        .jpeg({ quality: 90 })
        .toFile(join(folder, "images", kind, file));
    }
  }
  writeFileSync(join(folder, "made"), "");
  return join(folder, "images");
}
