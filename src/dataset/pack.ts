/** One ingested shard in the form that all later stages read: a table in Arrow's format, and raw pixels. */
import {
  Binary,
  Field,
  Float64,
  Int32,
  makeBuilder,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
} from "apache-arrow";
import type { Quality } from "../image/quality.ts";
import type { ImageShape, Sample, Split } from "./types.ts";

/** One sample after ingest. Where `problem` is there the image could not be used: what follows it is empty, and it has no pixels. */
export interface PackRow extends Sample {
  /** Its place in the dataset's listing. */
  index: number;
  problem?: string;
  /** Digest of the decoded pixels at their original size, hexadecimal; "" for a rejected image. */
  hash: string;
  /** 64 bits, hexadecimal. */
  perceptualHash: string;
  /** [16, 16] mean grey values. */
  signature: Uint8Array;
  /** Of the original, pixels. */
  width: number;
  height: number;
  quality: Quality;
  /** WebP, PNG or JPEG, at most 96 pixels on the longer side. */
  thumbnail: Uint8Array;
  /** Of masks: digest of the mask as it was given, hexadecimal, and its pixels by class at the model's size, [classes]. */
  maskHash?: string;
  maskPixels?: Int32Array;
}

export interface Pack {
  shape: ImageShape;
  /** In the order of the listing, rejected images included. */
  rows: PackRow[];
  /** [usable rows, height, width, channels], 0..255 */
  pixels: Uint8Array;
  /** Of masks: [usable rows, height, width], class indices or 255. */
  masks?: Uint8Array;
}

type Cell = string | number | Uint8Array | null;

/** Each column: its type, its cell, and back. */
const COLUMNS: {
  name: string;
  type: Utf8 | Int32 | Float64 | Binary;
  cell: (row: PackRow) => Cell;
}[] = [
  { name: "index", type: new Int32(), cell: (row) => row.index },
  { name: "file", type: new Utf8(), cell: (row) => row.file },
  { name: "label", type: new Int32(), cell: (row) => row.label },
  { name: "split", type: new Utf8(), cell: (row) => row.split },
  { name: "group", type: new Utf8(), cell: (row) => row.group ?? null },
  { name: "metadata", type: new Utf8(), cell: (row) => (row.metadata ? JSON.stringify(row.metadata) : null) },
  { name: "beyond", type: new Int32(), cell: (row) => (row.beyond ? 1 : 0) },
  { name: "problem", type: new Utf8(), cell: (row) => row.problem ?? null },
  { name: "hash", type: new Utf8(), cell: (row) => row.hash },
  { name: "perceptual_hash", type: new Utf8(), cell: (row) => row.perceptualHash },
  {
    name: "signature",
    type: new Binary(),
    cell: (row) => (row.problem ? null : row.signature),
  },
  { name: "width", type: new Int32(), cell: (row) => row.width },
  { name: "height", type: new Int32(), cell: (row) => row.height },
  { name: "brightness", type: new Float64(), cell: (row) => row.quality.brightness },
  { name: "contrast", type: new Float64(), cell: (row) => row.quality.contrast },
  { name: "sharpness", type: new Float64(), cell: (row) => row.quality.sharpness },
  { name: "entropy", type: new Float64(), cell: (row) => row.quality.entropy },
  { name: "warmth", type: new Float64(), cell: (row) => row.quality.warmth },
  { name: "greenness", type: new Float64(), cell: (row) => row.quality.greenness },
  { name: "thumbnail", type: new Binary(), cell: (row) => (row.problem ? null : row.thumbnail) },
];

/** Those of masks, which tables of labelled images do without. */
const MASK_COLUMNS: typeof COLUMNS = [
  { name: "mask_hash", type: new Utf8(), cell: (row) => row.maskHash ?? null },
  {
    name: "mask_pixels",
    type: new Binary(),
    cell: ({ maskPixels: each }) => (each ? new Uint8Array(each.buffer, each.byteOffset, each.byteLength) : null),
  },
];

/** `table`: Arrow IPC stream, one row a sample. `pixels`: [usable rows, height, width, channels]. The same rows give the same bytes. */
export function encodePack({ shape, rows, pixels, masks }: Pack): {
  table: Uint8Array;
  pixels: Uint8Array;
  masks?: Uint8Array;
} {
  const columns = masks ? [...COLUMNS, ...MASK_COLUMNS] : COLUMNS;
  const children = columns.map(({ type, cell }) => {
    const builder = makeBuilder({ type, nullValues: [null] });
    for (const row of rows) builder.append(cell(row) as never);
    return builder.finish().flush();
  });
  const fields = columns.map(({ name, type }) => new Field(name, type, true));
  const schema = new Schema(fields, new Map([["shape", JSON.stringify(shape)]]));
  const batch = new RecordBatch(schema, makeData({ type: new Struct(fields), length: rows.length, children }));
  return { table: tableToIPC(new Table(schema, [batch]), "stream"), pixels, ...(masks ? { masks } : {}) };
}

/** The rows of a pack's table; its pixels belong to the rows without a problem, in order. */
export function decodePack(bytes: Uint8Array): PackRow[] {
  const table = tableFromIPC(bytes);
  const column = (name: string) => table.getChild(name)!;
  const masked = table.getChild("mask_hash") !== null;
  const columns = Object.fromEntries(
    (masked ? [...COLUMNS, ...MASK_COLUMNS] : COLUMNS).map(({ name }) => [name, column(name)]),
  );
  return Array.from({ length: table.numRows }, (_, i): PackRow => {
    const number = (name: string): number => columns[name].get(i);
    const text = (name: string): string | undefined => columns[name].get(i) ?? undefined;
    const bytes = (name: string): Uint8Array => columns[name].get(i)?.slice() ?? new Uint8Array(0);
    const metadata = text("metadata");
    return {
      index: number("index"),
      file: text("file") ?? "",
      label: number("label"),
      split: text("split") as Split,
      group: text("group"),
      metadata: metadata === undefined ? undefined : JSON.parse(metadata),
      ...(number("beyond") === 1 && { beyond: true }),
      problem: text("problem"),
      hash: text("hash") ?? "",
      perceptualHash: text("perceptual_hash") ?? "",
      signature: bytes("signature"),
      width: number("width"),
      height: number("height"),
      quality: {
        brightness: number("brightness"),
        contrast: number("contrast"),
        sharpness: number("sharpness"),
        entropy: number("entropy"),
        warmth: number("warmth"),
        greenness: number("greenness"),
      },
      thumbnail: bytes("thumbnail"),
      ...(masked && text("mask_hash") !== undefined
        ? { maskHash: text("mask_hash"), maskPixels: new Int32Array(bytes("mask_pixels").buffer) }
        : {}),
    };
  });
}
