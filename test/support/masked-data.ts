/** Published datasets with masks, read from their archives into memory. */
import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { openMasks } from "../../src/dataset/masks/open.ts";
import { resizeMask } from "../../src/dataset/masks/resize.ts";
import type { MaskRequest } from "../../src/dataset/masks/types.ts";
import type { Files, ImageShape } from "../../src/dataset/types.ts";
import { decode, toShape } from "../../src/image/decode.ts";
import type { MaskedImages } from "../../src/model/types.ts";
import { memoryFiles } from "../dataset/fixtures.ts";
import { DATA } from "./data.ts";

/** DSB 2018 nuclei: 179 microscopy images, one mask a nucleus, as released and as corrected by experts later. */
export const NUCLEI = "dsb2018/audit-subset.tar.gz";
/** ETH-80: ten cups from 41 viewpoints each, one mask a photo; and one object of each of seven other kinds. */
export const CUPS = "eth80/eth80-cups-all10.tar.gz";
const OTHERS = "eth80/eth80-others-instance1.tar.gz";

/** The files of an archive that `keep` gives a key for. */
export async function archiveFiles(path: string, keep: (name: string) => string | undefined): Promise<Files> {
  const content: Record<string, Uint8Array> = {};
  const archive = createReadStream(join(DATA, path)).pipe(createGunzip()).pipe(extract());
  for await (const entry of archive) {
    const key = entry.header.type === "file" ? keep(entry.header.name) : undefined;
    const chunks: Buffer[] = [];
    for await (const chunk of entry) if (key !== undefined) chunks.push(chunk as Buffer);
    if (key !== undefined) content[key] = new Uint8Array(Buffer.concat(chunks));
  }
  return memoryFiles(content);
}

/** Photos with the masks of one edition; the images are the same in both. */
export const nuclei = (edition: "original" | "fixed"): Promise<Files> =>
  archiveFiles(NUCLEI, (name) => {
    const [from, ...rest] = name.split("/");
    if (rest[1] === "images") return from === "original" ? rest.join("/") : undefined;
    return rest[1] === "masks" && from === edition ? rest.join("/") : undefined;
  });

/** The photos of ETH-80 that show one kind of object, with their masks. */
export const photosOf = (kind: string): Promise<Files> =>
  archiveFiles(kind === "cup" ? CUPS : OTHERS, (name) =>
    name.endsWith(".png") && name.includes(`/${kind}`) ? name : undefined,
  );

export interface Correction {
  id: string;
  kind: string;
  masks_added: number;
  masks_removed: number;
  foreground_iou: number;
  foreground_pixels_changed: number;
}
/** What was corrected in the nuclei's masks, image by image. */
export const corrections = (): Correction[] =>
  JSON.parse(readFileSync(join(DATA, "dsb2018/DERIVED.changes.json"), "utf8")).changes;

export interface MaskedData extends MaskedImages {
  /** Of each image, relative to the dataset. */
  files: string[];
  classes: string[];
}

/** All images of a dataset with their masks, at one shape. */
export async function maskedImages(
  files: Files,
  shape: ImageShape,
  request: Partial<MaskRequest> = {},
): Promise<MaskedData> {
  const source = await openMasks(files, { path: ".", ...request });
  const count = source.images.length;
  const { height, width, channels } = shape;
  const pixels = new Uint8Array(count * height * width * channels);
  const masks = new Uint8Array(count * height * width);
  const read = await source.open(0, count);
  for (let i = 0; i < count; i++) {
    const image = await decode(await files.read(source.images[i].file));
    pixels.set(await toShape(image, shape), i * height * width * channels);
    masks.set(resizeMask(await read(i), height, width).values, i * height * width);
  }
  return { shape, pixels, masks, files: source.images.map(({ file }) => file), classes: source.classes };
}
