/** What stands before a JPEG's picture (ITU-T T.81, annex B), of the plain kind that is decoded here. */
import { type HuffmanTable, huffmanTable } from "./huffman.ts";

export interface Component {
  id: number;
  /** Samples across and down in a unit (MCU), 1 or 2. */
  across: number;
  down: number;
  /** Steps of quantization in zigzag order. */
  steps: Uint8Array;
  dc: HuffmanTable;
  ac: HuffmanTable;
}

export interface Header {
  height: number;
  width: number;
  /** One (grey), or three: luma, blue difference, red difference. */
  components: Component[];
  /** Where the picture's bits begin. */
  from: number;
}

const START_OF_IMAGE = 0xffd8;
const BASELINE = 0xc0;
const HUFFMAN_TABLES = 0xc4;
const START_OF_SCAN = 0xda;
const QUANTIZATION_TABLES = 0xdb;
const JFIF = 0xe0;
const COMMENT = 0xfe;
const MOST_SAMPLES = 4;

/**
 * The header of a baseline JPEG of 8 bits in JFIF's colours, one scan, without restarts. Undefined for every other kind, for one
 * with EXIF, a colour profile or Adobe's marker, and wherever something is unusual: the general decoder sees to those.
 */
export function readHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length < 4 || word(bytes, 0) !== START_OF_IMAGE) return undefined;
  const steps: (Uint8Array | undefined)[] = [];
  const tables: (HuffmanTable | undefined)[] = [];
  let frame: { at: number; count: number } | undefined;
  let isJfif = false;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1];
    const from = at + 4;
    const to = at + 2 + word(bytes, at + 2);
    if (to < from || to > bytes.length) return undefined;
    if (marker === JFIF) isJfif ||= bytes[from] === 0x4a && bytes[from + 1] === 0x46;
    else if (marker === QUANTIZATION_TABLES) {
      for (let table = from; table < to; table += 65) {
        // The upper half says 16 bits.
        if (bytes[table] > 3 || table + 65 > to) return undefined;
        steps[bytes[table]] = bytes.subarray(table + 1, table + 65);
      }
    } else if (marker === HUFFMAN_TABLES) {
      for (let table = from; table < to; ) {
        const read = huffmanTable(bytes, table + 1, to);
        if (!read) return undefined;
        tables[bytes[table]] = read.table;
        table = read.end;
      }
    } else if (marker === BASELINE) {
      const count = bytes[from + 5];
      if (frame || bytes[from] !== 8 || (count !== 1 && count !== 3) || to !== from + 6 + 3 * count) return undefined;
      frame = { at: from, count };
    } else if (marker === START_OF_SCAN) {
      const header = frame && scan(bytes, from, to, frame, steps, tables);
      // Without JFIF's marker the components' numbers say what they are.
      return isJfif || header?.components.every(({ id }, c) => id === c + 1) ? header : undefined;
    } else if (marker !== COMMENT) return undefined;
    at = to;
  }
  return undefined;
}

const word = (bytes: Uint8Array, at: number): number => bytes[at] * 256 + bytes[at + 1];

function scan(
  bytes: Uint8Array,
  from: number,
  to: number,
  frame: { at: number; count: number },
  steps: (Uint8Array | undefined)[],
  tables: (HuffmanTable | undefined)[],
): Header | undefined {
  const { at, count } = frame;
  // All coefficients at once and at full precision: it is not progressive.
  const isOneScan = bytes[to - 3] === 0 && bytes[to - 2] === 63 && bytes[to - 1] === 0;
  if (bytes[from] !== count || to !== from + 4 + 2 * count || !isOneScan) return undefined;
  const components: Component[] = [];
  for (let c = 0; c < count; c++) {
    const described = at + 6 + 3 * c;
    const chosen = from + 1 + 2 * c;
    const id = bytes[described];
    const own = steps[bytes[described + 2]];
    const dc = tables[bytes[chosen + 1] >> 4];
    const ac = tables[16 + (bytes[chosen + 1] & 15)];
    if (bytes[chosen] !== id || !own || !dc || !ac) return undefined;
    const [across, down] = [bytes[described + 1] >> 4, bytes[described + 1] & 15];
    if (across < 1 || across > MOST_SAMPLES || down < 1 || down > MOST_SAMPLES) return undefined;
    // A single component is not interleaved: its unit is one block, whatever it says.
    const unit = count === 1 ? { across: 1, down: 1 } : { across, down };
    components.push({ id, ...unit, steps: own, dc, ac });
  }
  const header = { height: word(bytes, at + 1), width: word(bytes, at + 3), components, from: to };
  return header.height > 0 && header.width > 0 && isSampledPlainly(components) ? header : undefined;
}

/** Luma at 1 x 1, 2 x 1 or 2 x 2 samples, colours at one. */
function isSampledPlainly([luma, ...colours]: Component[]): boolean {
  const isKnown = luma.across <= 2 && luma.across >= luma.down && luma.down >= 1;
  return isKnown && colours.every(({ across, down }) => across === 1 && down === 1);
}
