/** Each image once: decoded, measured, hashed, brought to the model's shape. */
import { createHash } from "node:crypto";
import { pMapIterable } from "p-map";
import { InputError } from "../errors.ts";
import { decode, ImageProblem, toShape } from "../image/decode.ts";
import { hash } from "../image/hash.ts";
import { measure } from "../image/quality.ts";
import { greyOf, type RawImage } from "../image/raw.ts";
import { thumbnail } from "../image/thumbnail.ts";
import { pixelsByClass } from "../stats/mask-row.ts";
import { keepLast } from "./keep-last.ts";
import { assertSameSize, resizeMask } from "./masks/resize.ts";
import { fileOf, tileOfImage } from "./masks/tiles.ts";
import type { Mask } from "./masks/types.ts";
import type { Pack, PackRow } from "./pack.ts";
import type { DatasetSource, ImageShape, Rejected, Sample, SourceImage } from "./types.ts";

/** Images in work at a time; each may hold 120 MB where it is as large as is let through. */
const CONCURRENCY = 4;

/**
 * Samples `[from, to)` of a dataset as a pack. An image that cannot be used becomes a row with its problem; the others go on.
 *
 * @param shape what the pixels are brought to
 */
export async function ingestShard(
  source: DatasetSource,
  from: number,
  to: number,
  shape: ImageShape,
  { concurrency = CONCURRENCY, masks }: { concurrency?: number; masks?: ShardMasks } = {},
): Promise<Pack> {
  const bytesEach = shape.height * shape.width * shape.channels;
  const pixels = new Uint8Array((to - from) * bytesEach);
  const masksOf = masks && new Uint8Array((to - from) * shape.height * shape.width);
  const rows: PackRow[] = [];
  let usable = 0;
  const decoded = keepLast((_file, image: SourceImage) => toRaw(image));
  const work = pMapIterable(
    source.read(from, to),
    ({ index, image }) => {
      const sample = source.samples[index];
      // Other formats may list one name twice.
      const whole = sample.tile ? decoded(fileOf(sample), image) : toRaw(image);
      return ingestImage(sample, index, image, whole, shape, masks);
    },
    { concurrency, backpressure: 2 * concurrency },
  );
  for await (const { row, pixels: own, mask } of work) {
    rows.push(row);
    if (mask) masksOf!.set(mask, shape.height * shape.width * usable);
    if (own) pixels.set(own, bytesEach * usable++);
  }
  return {
    shape,
    rows,
    pixels: pixels.subarray(0, usable * bytesEach),
    ...(masksOf ? { masks: masksOf.subarray(0, usable * shape.height * shape.width) } : {}),
  };
}

/** The masks of a shard's images, at their images' own size. */
export interface ShardMasks {
  classes: number;
  of(sample: Sample): Mask;
}

async function ingestImage(
  sample: Sample,
  index: number,
  image: SourceImage,
  decoded: Promise<RawImage>,
  shape: ImageShape,
  masks?: ShardMasks,
): Promise<{ row: PackRow; pixels?: Uint8Array; mask?: Uint8Array }> {
  try {
    const whole = await decoded;
    if (sample.tile) assertSameSize(sample.tile.image, whole, "data.masks", sample.file);
    const raw = tileOfImage(whole, sample.tile);
    const mask = masks && maskFor(masks, sample, raw, shape);
    const grey = greyOf(raw);
    const { exact, perceptual, signature } = hash(raw, grey);
    const { width, height } = raw;
    // Tiles of nothing but background are alike without being copies.
    const own = sample.tile && isPlain(raw) ? digestOf(exact, sample.file) : exact;
    const measured = { hash: own, perceptualHash: perceptual, signature, width, height, quality: measure(raw, grey) };
    const row = {
      ...sample,
      index,
      ...measured,
      thumbnail: await thumbnail(raw, image.kind === "encoded" && !sample.tile ? image.bytes : undefined),
    };
    if (!mask) return { row, pixels: await toShape(raw, shape) };
    return { row: { ...row, ...mask.columns }, pixels: await toShape(raw, shape), mask: mask.values };
  } catch (error) {
    if (!(error instanceof ImageProblem || error instanceof InputError)) throw error;
    return { row: { ...sample, index, problem: error.message, ...NOTHING } };
  }
}

function maskFor(masks: ShardMasks, sample: Sample, raw: RawImage, { height, width }: ImageShape) {
  const given = masks.of(sample);
  assertSameSize(given, raw, "data.masks", sample.file);
  const { values } = resizeMask(given, height, width);
  const maskHash = digestOf(`${given.width} `, given.values);
  return { values, columns: { maskHash, maskPixels: pixelsByClass({ values }, masks.classes) } };
}

function digestOf(...parts: (string | Uint8Array)[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest("hex").slice(0, 32);
}

/** Whether all pixels are the same. */
const isPlain = ({ pixels, channels }: RawImage): boolean => pixels.every((value, i) => value === pixels[i % channels]);

const NOTHING = {
  hash: "",
  perceptualHash: "",
  signature: new Uint8Array(0),
  width: 0,
  height: 0,
  quality: { brightness: 0, contrast: 0, sharpness: 0, entropy: 0, warmth: 0, greenness: 0 },
  thumbnail: new Uint8Array(0),
};

/** @throws ImageProblem where there is no usable image */
export async function toRaw(image: SourceImage): Promise<RawImage> {
  if (image.kind === "unreadable") throw new ImageProblem(image.problem);
  return image.kind === "encoded" ? decode(image.bytes) : image;
}

/**
 * For the stage that brings the shards together.
 *
 * @param images that were listed, the rejected among them
 * @throws InputError where more than half of the images cannot be used
 */
export function assertMostlyUsable(dataset: string, images: number, rejected: Rejected[]): void {
  if (images > 0 && rejected.length * 2 <= images) return;
  const kinds = new Map([...rejected].reverse().map((each) => [each.problem, each]));
  const examples = [...kinds.values()]
    .reverse()
    .slice(0, 5)
    .map(({ file, problem }) => `${file}: ${problem}`);
  throw new InputError({
    file: dataset,
    problem: `${rejected.length} of ${images} images cannot be used, such as ${examples.join(" ")}`,
    remedy: "Repair the images or take them out, then start again.",
  });
}
