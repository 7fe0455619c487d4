/** The .npy file format (NumPy Enhancement Proposal 1): header and element types. */
import { InputError } from "../errors.ts";

export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** Without byte order. `b1` is bool, read as 0 and 1; `i8` and `u8` (64 bits) are read as doubles, exact up to 2^53. */
export type NpyType = "f4" | "f8" | "i1" | "i2" | "i4" | "i8" | "u1" | "u2" | "u4" | "u8" | "b1";

export interface NpyHeader {
  shape: number[];
  fortranOrder: boolean;
  dtype: NpyType;
  bigEndian: boolean;
  /** Bytes before the first element. */
  offset: number;
}

interface ElementType {
  bytes: number;
  array: (length: number) => NumericArray;
  get: (view: DataView, at: number, littleEndian: boolean) => number;
}

/** 64 bits from two halves: making a BigInt of each takes ten times as long. */
function exact(view: DataView, at: number, little: boolean, signed: boolean): number {
  const [low, high] = little ? [at, at + 4] : [at + 4, at];
  const upper = signed ? view.getInt32(high, little) : view.getUint32(high, little);
  const number = upper * 2 ** 32 + view.getUint32(low, little);
  if (Number.isSafeInteger(number)) return number;
  const value = signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little);
  throw new RangeError(`${value} is too large to be read exactly.`);
}

export const ELEMENTS: Record<NpyType, ElementType> = {
  f4: { bytes: 4, array: (n) => new Float32Array(n), get: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, array: (n) => new Float64Array(n), get: (view, at, little) => view.getFloat64(at, little) },
  i1: { bytes: 1, array: (n) => new Int8Array(n), get: (view, at) => view.getInt8(at) },
  i2: { bytes: 2, array: (n) => new Int16Array(n), get: (view, at, little) => view.getInt16(at, little) },
  i4: { bytes: 4, array: (n) => new Int32Array(n), get: (view, at, little) => view.getInt32(at, little) },
  i8: { bytes: 8, array: (n) => new Float64Array(n), get: (view, at, little) => exact(view, at, little, true) },
  u1: { bytes: 1, array: (n) => new Uint8Array(n), get: (view, at) => view.getUint8(at) },
  u2: { bytes: 2, array: (n) => new Uint16Array(n), get: (view, at, little) => view.getUint16(at, little) },
  u4: { bytes: 4, array: (n) => new Uint32Array(n), get: (view, at, little) => view.getUint32(at, little) },
  u8: { bytes: 8, array: (n) => new Float64Array(n), get: (view, at, little) => exact(view, at, little, false) },
  b1: { bytes: 1, array: (n) => new Uint8Array(n), get: (view, at) => (view.getUint8(at) ? 1 : 0) },
};

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Bytes that always suffice to learn the header's length. */
export const PREAMBLE_BYTES = 12;

/** Where the header's text lies, from the first `PREAMBLE_BYTES` bytes (fewer for a tiny file). */
export function headerSpan(start: Uint8Array, file: string): { from: number; to: number } {
  if (start.length < 10 || MAGIC.some((byte, i) => start[i] !== byte))
    throw new InputError({
      file,
      problem: "This is not a .npy file: it does not start with NumPy's signature.",
      remedy: "Write it with numpy.save, or give the file's right name.",
    });
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (start[6] === 1) return { from: 10, to: 10 + view.getUint16(8, true) };
  if (start.length < 12) throw truncated(file);
  return { from: 12, to: 12 + view.getUint32(8, true) };
}

/** @param text the header's Python literal; @param offset bytes before the first element */
export function parseHeader(text: string, offset: number, file: string): NpyHeader {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const dimensions = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  const [, order, type] = /^([<>|=]?)([a-z]\d+)$/.exec(descr ?? "") ?? [];
  if (type === undefined || !(type in ELEMENTS) || fortran === undefined || dimensions === undefined)
    throw new InputError({
      file,
      field: "dtype",
      problem: `Elements of type ${descr ? `'${descr}'` : "object or record"} cannot be read.`,
      remedy: "Save numbers: array.astype('float32') for probabilities, array.astype('int64') for labels.",
    });
  const shape = dimensions
    .split(",")
    .map((part) => part.replace("L", "").trim())
    .filter((part) => part !== "")
    .map(Number);
  return { shape, fortranOrder: fortran === "True", dtype: type as NpyType, bigEndian: order === ">", offset };
}

export function truncated(file: string, cause?: unknown): InputError {
  return new InputError({
    file,
    problem: "The file ends before its last element.",
    remedy: "It was cut off while being written or copied: write or copy it again.",
    cause,
  });
}

/** Elements in a shape; 1 for a scalar. */
export const sizeOf = (shape: number[]): number => shape.reduce((product, side) => product * side, 1);

const LITTLE_ENDIAN_HOST = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Whether elements lie in the file as they lie in the array, so that bytes can be read straight into it. */
export const isVerbatim = ({ dtype, bigEndian }: NpyHeader): boolean =>
  LITTLE_ENDIAN_HOST && (!bigEndian || ELEMENTS[dtype].bytes === 1) && !["i8", "u8", "b1"].includes(dtype);

/** Reads the elements of `bytes` into `target`, as many as it holds. */
export function copyElements(header: NpyHeader, bytes: Uint8Array, target: NumericArray): void {
  const element = ELEMENTS[header.dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < target.length; i++) target[i] = element.get(view, i * element.bytes, !header.bigEndian);
}
