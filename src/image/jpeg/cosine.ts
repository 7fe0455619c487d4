/**
 * The inverse cosine transform of 8 x 8 coefficients by Loeffler, Ligtenberg and Moschytz (1989) in whole numbers: constants of 13
 * bits, two further bits between the passes, halves rounded up. That is what the usual decoders do by default, so pixels are
 * theirs to the bit.
 */
const BITS = 13;
const EXTRA = 2;
const fixed = (value: number): number => Math.round(value * 2 ** BITS);

/** cos(k pi / 16) times the square root of two. */
const c = (k: number): number => Math.SQRT2 * Math.cos((k * Math.PI) / 16);

// Rotations of the even part, then of the odd part.
const C6 = fixed(c(6));
const C2_LESS_C6 = fixed(c(2) - c(6));
const C2_PLUS_C6 = fixed(c(2) + c(6));
const C3 = fixed(c(3));
const ODD0 = fixed(-c(1) + c(3) + c(5) - c(7));
const ODD1 = fixed(c(1) + c(3) - c(5) + c(7));
const ODD2 = fixed(c(1) + c(3) + c(5) - c(7));
const ODD3 = fixed(c(1) + c(3) - c(5) - c(7));
const SUM03 = fixed(c(3) - c(7));
const SUM12 = fixed(c(1) + c(3));
const SUM02 = fixed(c(3) + c(5));
const SUM13 = fixed(c(3) - c(5));

const between = new Int32Array(64);

/** One pass of eight values that lie `step` apart in `from`, to the same places of `to`, divided by 2^shift. */
function pass(from: Int32Array, to: Int32Array, at: number, step: number, shift: number): void {
  const x0 = from[at];
  const x1 = from[at + step];
  const x2 = from[at + 2 * step];
  const x3 = from[at + 3 * step];
  const x4 = from[at + 4 * step];
  const x5 = from[at + 5 * step];
  const x6 = from[at + 6 * step];
  const x7 = from[at + 7 * step];
  const half = 1 << (shift - 1);

  const turned = Math.imul(x2 + x6, C6);
  const low = turned - Math.imul(x6, C2_PLUS_C6);
  const high = turned + Math.imul(x2, C2_LESS_C6);
  const plus = ((x0 + x4) << BITS) + half;
  const minus = ((x0 - x4) << BITS) + half;
  const e0 = plus + high;
  const e3 = plus - high;
  const e1 = minus + low;
  const e2 = minus - low;

  const both = Math.imul(x7 + x3 + x5 + x1, C3);
  const z1 = -Math.imul(x7 + x1, SUM03);
  const z2 = -Math.imul(x5 + x3, SUM12);
  const z3 = both - Math.imul(x7 + x3, SUM02);
  const z4 = both - Math.imul(x5 + x1, SUM13);
  const o0 = Math.imul(x7, ODD0) + z1 + z3;
  const o1 = Math.imul(x5, ODD1) + z2 + z4;
  const o2 = Math.imul(x3, ODD2) + z2 + z3;
  const o3 = Math.imul(x1, ODD3) + z1 + z4;

  to[at] = (e0 + o3) >> shift;
  to[at + 7 * step] = (e0 - o3) >> shift;
  to[at + step] = (e1 + o2) >> shift;
  to[at + 6 * step] = (e1 - o2) >> shift;
  to[at + 2 * step] = (e2 + o1) >> shift;
  to[at + 5 * step] = (e2 - o1) >> shift;
  to[at + 3 * step] = (e3 + o0) >> shift;
  to[at + 4 * step] = (e3 - o0) >> shift;
}

/** Coefficients of a block in rows, dequantized, to 8 x 8 samples of `plane` from `at` on, `stride` samples a row. */
export function inverseCosine(block: Int32Array, plane: Uint8ClampedArray, at: number, stride: number): void {
  for (let column = 0; column < 8; column++) {
    if (isFlat(block, column)) for (let at = column; at < 64; at += 8) between[at] = block[column] << EXTRA;
    else pass(block, between, column, 8, BITS - EXTRA);
  }
  for (let row = 0; row < 8; row++) {
    pass(between, between, 8 * row, 1, BITS + EXTRA + 3);
    const to = at + row * stride;
    for (let x = 0; x < 8; x++) plane[to + x] = between[8 * row + x] + 128;
  }
}

/** Whether a column has nothing but its mean, as most of the fine ones have. */
const isFlat = (block: Int32Array, column: number): boolean =>
  (block[column + 8] |
    block[column + 16] |
    block[column + 24] |
    block[column + 32] |
    block[column + 40] |
    block[column + 48] |
    block[column + 56]) ===
  0;

/** The same of a block with nothing but its mean. */
export function flat(mean: number, plane: Uint8ClampedArray, at: number, stride: number): void {
  const value = ((mean + 4) >> 3) + 128;
  for (let row = 0; row < 8; row++) plane.fill(value, at + row * stride, at + row * stride + 8);
}
