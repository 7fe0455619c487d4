/** Near duplicates among many images, without comparing each with each. */

/** Of 64 bits. */
const MOST_BITS = 7;
const BANDS = 4;
const BAND_BITS = 16;
/** Mean squared difference of two signatures, relative to their variance. */
export const MOST_DIFFERENCE = 0.01;

/**
 * Pairs whose perceptual hashes differ by at most 7 bits and whose signatures agree, each pair once, smaller place first.
 *
 * Four bands of 16 bits: two hashes that differ by at most 7 bits differ by at most one in one of the bands (multi-index hashing,
 * Norouzi, Punjani and Fleet 2012), so looking up 17 values a band finds all of them.
 *
 * @param hashes 64 bits, hexadecimal; @param signatures grey values, all of one length
 */
export function nearPairs(hashes: readonly string[], signatures: readonly Uint8Array[]): [number, number][] {
  const bits = bandsOf(hashes);
  const moments = signatures.map(momentsOf);
  const pairs: [number, number][] = [];
  const [b0, b1, b2, b3] = bits;
  for (let band = 0; band < BANDS; band++) {
    const { starts, members } = bucketsOf(bits[band]);
    for (let a = 0; a < hashes.length; a++)
      for (let probe = 0; probe <= BAND_BITS; probe++) {
        const value = probe === BAND_BITS ? bits[band][a] : bits[band][a] ^ (1 << probe);
        for (let at = starts[value]; at < starts[value + 1]; at++) {
          const b = members[at];
          if (b <= a) continue;
          const distance = ONES[b0[a] ^ b0[b]] + ONES[b1[a] ^ b1[b]] + ONES[b2[a] ^ b2[b]] + ONES[b3[a] ^ b3[b]];
          if (distance > MOST_BITS || foundBefore(bits, band, a, b)) continue;
          if (difference(signatures[a], signatures[b], moments[a], moments[b]) <= MOST_DIFFERENCE) pairs.push([a, b]);
        }
      }
  }
  return pairs;
}

/** Number of ones of each 16-bit value. */
const ONES = new Uint8Array(1 << BAND_BITS);
for (let value = 1; value < ONES.length; value++) ONES[value] = ONES[value >> 1] + (value & 1);

/** Every fourth bit, beginning at the band's number: neighbouring frequencies go together, so this spreads the values more than runs do. */
function bandsOf(hashes: readonly string[]): Uint16Array[] {
  return Array.from({ length: BANDS }, (_, band) =>
    Uint16Array.from(hashes, (text) => {
      let value = 0;
      for (let at = 0; at < BAND_BITS; at++)
        value = (value << 1) | ((Number.parseInt(text[at], 16) >> (BANDS - 1 - band)) & 1);
      return value;
    }),
  );
}

/** Places by value: those of `value` are `members[starts[value] .. starts[value + 1])`. */
function bucketsOf(values: Uint16Array): { starts: Int32Array; members: Int32Array } {
  const starts = new Int32Array((1 << BAND_BITS) + 1);
  for (const value of values) starts[value + 1]++;
  for (let value = 0; value < 1 << BAND_BITS; value++) starts[value + 1] += starts[value];
  const next = starts.slice();
  const members = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) members[next[values[i]]++] = i;
  return { starts, members };
}

/** An earlier band has this pair already. */
function foundBefore(bits: Uint16Array[], band: number, a: number, b: number): boolean {
  for (let earlier = 0; earlier < band; earlier++) if (ONES[bits[earlier][a] ^ bits[earlier][b]] <= 1) return true;
  return false;
}

interface Moments {
  mean: number;
  variance: number;
}

function momentsOf(values: Uint8Array): Moments {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return { mean, variance: squares / values.length - mean * mean };
}

/** Mean squared difference over the smaller variance; the variance counts as at least 4 grey levels squared, for plain areas. */
export function difference(
  a: Uint8Array,
  b: Uint8Array,
  ofA: Moments = momentsOf(a),
  ofB: Moments = momentsOf(b),
): number {
  const scale = Math.max(4, Math.min(ofA.variance, ofB.variance));
  const most = MOST_DIFFERENCE * scale * a.length;
  if ((ofA.mean - ofB.mean) ** 2 * a.length > most) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum / a.length / scale;
}
