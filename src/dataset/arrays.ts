/** What IDX and npz share: images as rows of one array a split. */
import { InputError } from "../errors.ts";
import { type ByteReader, TruncatedError } from "./bytes.ts";
import type { IndexedImage, ListedRow } from "./format.ts";
import type { Sample, Split } from "./types.ts";

/** One array of images with its labels. */
export interface ImageArray {
  name: string;
  images: number;
  labels: ArrayLike<number>;
  split?: Split;
}

/** An array open for reading at its first row. */
export interface OpenArray {
  reader: ByteReader;
  height: number;
  width: number;
  channels: 1 | 3;
}

export function* rowsOfArrays(arrays: ImageArray[]): Generator<ListedRow> {
  for (const { name, images, labels, split } of arrays)
    for (let row = 0; row < images; row++) yield { file: `${name}/${row}`, label: String(labels[row]), split };
}

/** @throws InputError where an array of images and its labels differ in length, or a label is no whole number */
export function checkLabels(file: string, images: number, labels: ArrayLike<number>): void {
  if (labels.length !== images)
    throw new InputError({
      file,
      field: "labels",
      problem: `There are ${images} images and ${labels.length} labels.`,
      remedy: "Write one label an image, in the same order.",
    });
  for (let i = 0; i < images; i++)
    if (!Number.isInteger(labels[i]) || labels[i] < 0)
      throw new InputError({
        file,
        field: "labels",
        problem: `The label of row ${i} is ${labels[i]}.`,
        remedy: "Labels are whole numbers from 0.",
      });
}

/** Reads rows in the samples' order, opening each array once. */
export async function* readArrays(
  open: (array: string) => Promise<OpenArray>,
  samples: Sample[],
  from: number,
  to: number,
): AsyncGenerator<IndexedImage> {
  let current: { name: string; next: number; array: OpenArray } | undefined;
  try {
    for (let index = from; index < to; index++) {
      const { name, row } = placeOf(samples[index].file);
      if (!current || current.name !== name || current.next > row) {
        await current?.array.reader.close();
        current = { name, next: 0, array: await open(name) };
      }
      const { reader, height, width, channels } = current.array;
      const bytes = height * width * channels;
      await reader.skip((row - current.next) * bytes);
      const pixels = await reader.take(bytes);
      current.next = row + 1;
      yield { index, image: { kind: "pixels", pixels, height, width, channels } };
    }
  } catch (cause) {
    if (!(cause instanceof TruncatedError)) throw cause;
    throw cutOff(current?.name ?? samples[from].file, cause);
  } finally {
    await current?.array.reader.close();
  }
}

export function cutOff(file: string, cause: unknown): InputError {
  return new InputError({
    file,
    problem: "The array ends before its last image.",
    remedy: "It was cut off while being written or copied: write or copy it again.",
    cause,
  });
}

function placeOf(file: string): { name: string; row: number } {
  const slash = file.lastIndexOf("/");
  return { name: file.slice(0, slash), row: Number(file.slice(slash + 1)) };
}
