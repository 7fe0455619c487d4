/** IDX arrays as MNIST is published (LeCun, Cortes and Burges), gzip or not: one folder, or one pair. */
import { InputError } from "../errors.ts";
import { checkLabels, cutOff, type ImageArray, type OpenArray, readArrays, rowsOfArrays } from "./arrays.ts";
import { ByteReader, TruncatedError, unpacked } from "./bytes.ts";
import { asListed, below, type Format, keysOf, splitNamed, withoutSlash } from "./format.ts";
import type { Files, Split } from "./types.ts";

const IMAGES = /images[-._]?idx\d(-ubyte)?(\.gz)?$/i;
const IDX = /idx\d(-ubyte)?(\.gz)?$/i;
const UNSIGNED_BYTE = 8;

export const isIdxImages = (key: string): boolean => IMAGES.test(key);

export const idx: Format = {
  async *list(files, { path }) {
    const arrays: ImageArray[] = [];
    for (const [name, pair] of await pairs(files, path)) {
      const images = await readHeader(files, pair.images, 3);
      await images.reader.close();
      const labels = await readHeader(files, pair.labels, 1);
      const [count] = images.sides;
      const values = await labels.reader.take(labels.sides[0]).catch((cause) => {
        throw cutOff(pair.labels, cause);
      });
      await labels.reader.close();
      checkLabels(pair.labels, count, values);
      arrays.push({ name, images: count, labels: values, split: splitOf(name) });
    }
    yield* rowsOfArrays(arrays);
    return asListed;
  },

  async *read(files, { path }, samples, from, to) {
    const found = await pairs(files, path);
    yield* readArrays((name) => openImages(files, found.get(name)?.images ?? name), samples, from, to);
  },
};

async function openImages(files: Files, key: string): Promise<OpenArray> {
  const { reader, sides } = await readHeader(files, key, 3);
  return { reader, height: sides[1], width: sides[2], channels: sides[3] === 3 ? 3 : 1 };
}

/** Arrays by name (the images' file name without ".gz"), each with the keys of images and labels. */
async function pairs(files: Files, path: string): Promise<Map<string, { images: string; labels: string }>> {
  const single = isIdxImages(path);
  const folder = single ? path.slice(0, path.lastIndexOf("/") + 1) : path;
  const keys = await keysOf(files, folder, (key) => IDX.test(key));
  const wanted = single
    ? [withoutSlash(path).slice(withoutSlash(folder).length).replace(/^\//, "")]
    : keys.filter(isIdxImages);
  // A file and its packed copy are one array.
  const unique = wanted.filter((key) => !(key.endsWith(".gz") && wanted.includes(key.slice(0, -3))));
  return new Map(
    unique.map((images) => {
      const stem = images
        .replace(/\.gz$/, "")
        .replace(/images(?=[-._]?idx)/i, "labels")
        .replace(/idx\d/i, "idx1");
      const labels = [stem, `${stem}.gz`].find((key) => keys.includes(key));
      if (!labels)
        throw new InputError({
          file: below(folder, images),
          field: "labels",
          problem: `Its labels, ${stem} or ${stem}.gz, are not beside it.`,
          remedy: "Put both files of the pair into one folder.",
        });
      return [images.replace(/\.gz$/, ""), { images: below(folder, images), labels: below(folder, labels) }];
    }),
  );
}

/** MNIST calls its test set t10k. */
function splitOf(name: string): Split | undefined {
  const words = name.toLowerCase().split(/[^a-z0-9]+/);
  if (words.includes("t10k")) return "test";
  return words.map(splitNamed).find((split) => split !== undefined);
}

async function readHeader(
  files: Files,
  key: string,
  dimensions: 1 | 3,
): Promise<{ reader: ByteReader; sides: number[] }> {
  const reader = new ByteReader(unpacked(files.stream(key)));
  try {
    const magic = await reader.take(4);
    const [zero, alsoZero, type, count] = magic;
    const fits = dimensions === 1 ? count === 1 : count === 3 || count === 4;
    if (zero !== 0 || alsoZero !== 0 || type !== UNSIGNED_BYTE || !fits) {
      await reader.close();
      throw new InputError({
        file: key,
        problem: `This is not an IDX file of ${dimensions === 1 ? "labels" : "images"} in unsigned bytes: it starts with ${Buffer.from(magic).toString("hex")}.`,
        remedy: dimensions === 1 ? "It should start with 00000801." : "It should start with 00000803.",
      });
    }
    const view = new DataView((await reader.take(4 * count)).buffer);
    return { reader, sides: Array.from({ length: count }, (_, i) => view.getUint32(4 * i)) };
  } catch (cause) {
    if (cause instanceof TruncatedError) throw cutOff(key, cause);
    throw cause;
  }
}
