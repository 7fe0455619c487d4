/** Codes of up to this many bits, nearly all, are looked up at once. */
export const FAST_BITS = 9;

export interface HuffmanTable {
  /** Of the next 9 bits: code's length x 256 + symbol; 0 where the code is longer. */
  fast: Uint16Array;
  /** By length in bits: one more than the last code of that length, or 0 where there is none. */
  ends: Int32Array;
  /** By length: what is added to a code to find its symbol's place. */
  offsets: Int32Array;
  symbols: Uint8Array;
  /** As it stood in the file: counts by length, then symbols. */
  source: Uint8Array;
}

/** The tables that were read last. Most files bring the same four, those of the standard's annex K. */
const known: HuffmanTable[] = [];
const MOST_KNOWN = 8;

/**
 * The table whose 16 counts of codes by length begin at `from`, its symbols after them (T.81, annex C), and where it ends.
 * Undefined where it does not end by `limit` or is no code.
 */
export function huffmanTable(
  bytes: Uint8Array,
  from: number,
  limit: number,
): { table: HuffmanTable; end: number } | undefined {
  let count = 0;
  for (let length = 0; length < 16; length++) count += bytes[from + length];
  const end = from + 16 + count;
  if (count > 256 || end > limit) return undefined;
  for (const table of known) if (isSame(table.source, bytes, from, end)) return { table, end };
  const table = build(bytes.slice(from, end));
  if (!table) return undefined;
  if (known.length === MOST_KNOWN) known.shift();
  known.push(table);
  return { table, end };
}

function isSame(source: Uint8Array, bytes: Uint8Array, from: number, end: number): boolean {
  if (source.length !== end - from) return false;
  for (let i = 0; i < source.length; i++) if (source[i] !== bytes[from + i]) return false;
  return true;
}

function build(source: Uint8Array): HuffmanTable | undefined {
  const fast = new Uint16Array(1 << FAST_BITS);
  const ends = new Int32Array(17);
  const offsets = new Int32Array(17);
  const symbols = source.subarray(16);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= 16; length++) {
    const count = source[length - 1];
    offsets[length] = place - code;
    if (code + count > 1 << length) return undefined;
    for (let i = 0; i < count; i++, place++, code++) {
      if (length > FAST_BITS) continue;
      const first = code << (FAST_BITS - length);
      fast.fill(length * 256 + symbols[place], first, first + (1 << (FAST_BITS - length)));
    }
    ends[length] = count > 0 ? code : 0;
    code <<= 1;
  }
  return { fast, ends, offsets, symbols, source };
}
