/** Reads and writes .npy arrays, whole or in blocks of rows. */
import { type FileHandle, open } from "node:fs/promises";
import { InputError } from "../errors.ts";
import {
  copyElements,
  ELEMENTS,
  headerSpan,
  isVerbatim,
  type NpyHeader,
  type NpyType,
  type NumericArray,
  PREAMBLE_BYTES,
  parseHeader,
  sizeOf,
  truncated,
} from "./npy-format.ts";

export type { NpyType, NumericArray } from "./npy-format.ts";

export interface NpyArray {
  shape: number[];
  /** As stored. `data` is in C order (last axis fastest) whatever this says. */
  fortranOrder: boolean;
  dtype: NpyType;
  data: NumericArray;
}

/** Rows `[from, from + rows)` of an array along its first axis; `data` in C order, `[rows, ...the other axes]`. */
export interface NpyRows {
  from: number;
  rows: number;
  shape: number[];
  dtype: NpyType;
  data: NumericArray;
}

/** Something to read from at any place: a file, or bytes in memory. */
interface Bytes {
  length: number;
  /** Exactly `[from, to)`, or fewer at the end. */
  at(from: number, to: number): Promise<Uint8Array>;
  /** Fills `target` with what lies from there on; gives the number of bytes that there were. */
  fill(target: Uint8Array, from: number): Promise<number>;
}

/**
 * A whole array from a file's path or from its bytes.
 *
 * @param name what errors call it; by default the path, or `array.npy`
 * @throws InputError where it is no .npy file, holds no numbers, or is cut off
 */
export async function readNpy(source: string | Uint8Array, name = nameOf(source)): Promise<NpyArray> {
  const read = async (bytes: Bytes): Promise<NpyArray> => {
    const header = await readHeader(bytes, name);
    const rows = header.shape.length === 0 ? 1 : header.shape[0];
    const data = ELEMENTS[header.dtype].array(rows * widthOf(header));
    await readRows(bytes, header, 0, rows, name, data);
    return { shape: header.shape, fortranOrder: header.fortranOrder, dtype: header.dtype, data };
  };
  return typeof source === "string" ? withFile(source, name, read) : read(inMemory(source));
}

/** Shape and type of an array, without its data. */
export async function readNpyHeader(source: string | Uint8Array, name = nameOf(source)): Promise<NpyHeader> {
  const read = (bytes: Bytes) => readHeader(bytes, name);
  return typeof source === "string" ? withFile(source, name, read) : read(inMemory(source));
}

/**
 * An array in blocks of at most `rowsPerBlock` rows, in order, in C and in Fortran order. The next block is read while one is
 * worked on; two are held at a time, and a block's `data` are overwritten when the next one is asked for.
 *
 * @throws InputError as `readNpy`
 */
export async function* streamNpyRows(
  source: string | Uint8Array,
  rowsPerBlock: number,
  name = nameOf(source),
): AsyncGenerator<NpyRows> {
  const handle = typeof source === "string" ? await openFile(source, name) : undefined;
  let ahead: Promise<NumericArray> | undefined;
  try {
    const bytes = handle ? await inFile(handle) : inMemory(source as Uint8Array);
    const header = await readHeader(bytes, name);
    const { shape, dtype } = header;
    const count = shape[0] ?? 1;
    const width = widthOf(header);
    const spare = Array.from({ length: 2 }, () => ELEMENTS[dtype].array(Math.min(rowsPerBlock, count) * width));
    const read = (from: number): Promise<NumericArray> | undefined => {
      if (from >= count) return undefined;
      const rows = Math.min(rowsPerBlock, count - from);
      const data = spare[(from / rowsPerBlock) % 2].subarray(0, rows * width);
      const filled = readRows(bytes, header, from, rows, name, data).then(() => data);
      filled.catch(() => {}); // It is awaited a block later.
      return filled;
    };
    ahead = read(0);
    for (let from = 0; ahead; from += rowsPerBlock) {
      const data: NumericArray = await ahead;
      ahead = read(from + rowsPerBlock);
      yield { from, rows: data.length / width, shape, dtype, data };
    }
  } finally {
    await ahead?.catch(() => {});
    await handle?.close();
  }
}

/** Bytes of a .npy file (version 1.0, little-endian, C order). The element type follows the array's. */
export function writeNpy(data: NumericArray, shape: number[] = [data.length]): Uint8Array {
  if (sizeOf(shape) !== data.length) throw new RangeError(`Shape [${shape}] does not hold ${data.length} elements.`);
  const kind =
    data instanceof Float32Array || data instanceof Float64Array
      ? "f"
      : /^Uint/.test(data.constructor.name)
        ? "u"
        : "i";
  const order = data.BYTES_PER_ELEMENT === 1 ? "|" : "<";
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '${order}${kind}${data.BYTES_PER_ELEMENT}', 'fortran_order': False, 'shape': (${sides}), }`;
  // Header and preamble together fill a multiple of 64 bytes and end in a line feed.
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + "\n";
  const bytes = new Uint8Array(10 + padded.length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]);
  bytes.set(new TextEncoder().encode(padded), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + padded.length);
  return bytes;
}

const nameOf = (source: string | Uint8Array): string => (typeof source === "string" ? source : "array.npy");

const inMemory = (bytes: Uint8Array): Bytes => ({
  length: bytes.length,
  at: async (from, to) => bytes.subarray(from, to),
  fill: async (target, from) => {
    const part = bytes.subarray(from, from + target.length);
    target.set(part);
    return part.length;
  },
});

async function openFile(path: string, name: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw new InputError({ file: name, problem: "The file cannot be opened.", remedy: "Check its path.", cause });
  }
}

async function inFile(handle: FileHandle): Promise<Bytes> {
  const { size } = await handle.stat();
  const fill = async (target: Uint8Array, from: number): Promise<number> => {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await handle.read(target, done, Math.min(target.length - done, 1 << 30), from + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  };
  return {
    length: size,
    at: async (from, to) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(to, size) - from));
      return bytes.subarray(0, await fill(bytes, from));
    },
    fill,
  };
}

async function withFile<T>(path: string, name: string, use: (bytes: Bytes) => Promise<T>): Promise<T> {
  const handle = await openFile(path, name);
  try {
    return await use(await inFile(handle));
  } finally {
    await handle.close();
  }
}

async function readHeader(bytes: Bytes, name: string): Promise<NpyHeader> {
  const span = headerSpan(await bytes.at(0, PREAMBLE_BYTES), name);
  const header = parseHeader(new TextDecoder("latin1").decode(await bytes.at(span.from, span.to)), span.to, name);
  if (header.offset + sizeOf(header.shape) * ELEMENTS[header.dtype].bytes > bytes.length) throw truncated(name);
  return header;
}

/** Elements of one row. */
const widthOf = ({ shape }: NpyHeader): number => sizeOf(shape.slice(1));

/** Rows `[from, from + rows)` into `data`, in C order. */
async function readRows(
  bytes: Bytes,
  header: NpyHeader,
  from: number,
  rows: number,
  name: string,
  data: NumericArray,
): Promise<void> {
  const { bytes: each, array } = ELEMENTS[header.dtype];
  const count = header.shape[0] ?? 1;
  const width = widthOf(header);
  const verbatim = isVerbatim(header);
  const read = async (start: number, target: NumericArray): Promise<void> => {
    const { length } = target;
    const at = header.offset + start * each;
    if (verbatim) {
      const place = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      if ((await bytes.fill(place, at)) < place.length) throw truncated(name);
      return;
    }
    const part = await bytes.at(at, at + length * each);
    if (part.length < length * each) throw truncated(name);
    copyElements(header, part, target);
  };
  try {
    if (!header.fortranOrder || header.shape.length < 2) return await read(from * width, data);
    const values = array(rows);
    const others = header.shape.slice(1);
    for (let column = 0; column < width; column++) {
      await read(column * count + from, values);
      const place = inCOrder(column, others);
      for (let row = 0; row < rows; row++) data[row * width + place] = values[row];
    }
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError({ file: name, problem: cause.message, remedy: "Save it as int32 or float64.", cause });
  }
}

/** The place in C order of the element that has place `index` in Fortran order. */
function inCOrder(index: number, shape: number[]): number {
  let place = 0;
  let stride = sizeOf(shape);
  let left = index;
  for (const side of shape) {
    stride /= side;
    place += (left % side) * stride;
    left = Math.floor(left / side);
  }
  return place;
}
