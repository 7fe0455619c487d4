import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../src/errors.ts";

/** A .npy file that is open for reading in blocks of rows; memory is one block, whatever the file's size or order. */
export interface NpyRows {
  rows: number;
  /** 1 for an array of one dimension. */
  columns: number;
  dimensions: number;
  /** Rows from..from+count as numbers, `[count, columns]`. The array is used again by the next read. */
  read(from: number, count: number): Float64Array;
  close(): void;
}

type Numbers = new (buffer: ArrayBuffer) => ArrayLike<number | bigint> & { readonly BYTES_PER_ELEMENT: number };
const KINDS: Record<string, { bytes: number; numbers: Numbers }> = {
  f4: { bytes: 4, numbers: Float32Array },
  f8: { bytes: 8, numbers: Float64Array },
  i1: { bytes: 1, numbers: Int8Array },
  i2: { bytes: 2, numbers: Int16Array },
  i4: { bytes: 4, numbers: Int32Array },
  i8: { bytes: 8, numbers: BigInt64Array },
  u1: { bytes: 1, numbers: Uint8Array },
  u2: { bytes: 2, numbers: Uint16Array },
  u4: { bytes: 4, numbers: Uint32Array },
  u8: { bytes: 8, numbers: BigUint64Array },
};

function readHeader(descriptor: number, size: number, refuse: (problem: string) => never) {
  const start = Buffer.alloc(12);
  const got = readSync(descriptor, start, 0, 12, 0);
  if (got < 12 || start.toString("latin1", 0, 6) !== "\x93NUMPY") refuse("It is not a .npy file.");
  const long = start[6] > 1;
  const at = long ? 12 : 10;
  const length = long ? start.readUInt32LE(8) : start.readUInt16LE(8);
  if (at + length > size) refuse("Its header is cut off.");
  const text = Buffer.alloc(length);
  readSync(descriptor, text, 0, length, at);
  const header = text.toString("latin1");
  const type = header.match(/'descr':\s*'([<>|=]?)([fiu]\d)'/);
  const shape = header.match(/'shape':\s*\(([^)]*)\)/);
  if (!type || !KINDS[type[2]] || (type[1] === ">" && KINDS[type[2]].bytes > 1)) {
    return refuse("Its numbers are of a kind that is not read here.");
  }
  const lengths = (shape?.[1] ?? "")
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  return { kind: KINDS[type[2]], lengths, fortran: /'fortran_order':\s*True/.test(header), body: at + length };
}

/**
 * Opens a .npy file of one or two dimensions, in C or Fortran order (that one is read column by column within a block).
 *
 * @throws InputError naming the file: missing, not .npy, cut off, other dimensions, other number kinds.
 */
export function openNpyRows(file: string, remedy: string): NpyRows {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (cause) {
    throw new InputError({ file, problem: "It cannot be opened.", remedy, cause });
  }
  const refuse = (problem: string): never => {
    closeSync(descriptor);
    throw new InputError({ file, problem, remedy });
  };
  const { size } = fstatSync(descriptor);
  const { kind, lengths, fortran, body } = readHeader(descriptor, size, refuse);
  if (lengths.length !== 1 && lengths.length !== 2)
    refuse(`It has ${lengths.length} dimensions: (${lengths.join(", ")}).`);
  const [rows, columns = 1] = lengths;
  if (size - body < rows * columns * kind.bytes)
    refuse(`It is cut off: ${size - body} bytes for ${rows} x ${columns} numbers.`);

  let values = new Float64Array(0);
  let bytes = Buffer.alloc(0);
  const numbersAt = (position: number, count: number): ArrayLike<number | bigint> => {
    const wanted = count * kind.bytes;
    if (bytes.length < wanted) bytes = Buffer.from(new ArrayBuffer(wanted));
    let got = 0;
    while (got < wanted) {
      const more = readSync(descriptor, bytes, got, wanted - got, position + got);
      if (more === 0) throw new InputError({ file, problem: "It ended while it was read.", remedy });
      got += more;
    }
    return new kind.numbers(bytes.buffer as ArrayBuffer);
  };
  return {
    rows,
    columns,
    dimensions: lengths.length,
    read(from, count) {
      if (values.length !== count * columns) values = new Float64Array(count * columns);
      if (!fortran || columns === 1) {
        const read = numbersAt(body + from * columns * kind.bytes, count * columns);
        for (let i = 0; i < values.length; i++) values[i] = Number(read[i]);
        return values;
      }
      for (let column = 0; column < columns; column++) {
        const read = numbersAt(body + (column * rows + from) * kind.bytes, count);
        for (let i = 0; i < count; i++) values[i * columns + column] = Number(read[i]);
      }
      return values;
    },
    close: () => closeSync(descriptor),
  };
}
