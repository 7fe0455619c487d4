/** Pixels in memory, and plain arithmetic on them. */

/** `pixels`: [height, width, channels], 0..255. */
export interface RawImage {
  pixels: Uint8Array;
  height: number;
  width: number;
  channels: 1 | 3;
}

/** Grey values. `values`: [height, width], 0..255. */
export interface Grey {
  values: Float32Array;
  height: number;
  width: number;
}

/** The image in one channel where its three are equal; itself otherwise. */
export function withoutEmptyColour(image: RawImage): RawImage {
  const { pixels, height, width, channels } = image;
  if (channels === 1) return image;
  for (let i = 0; i < pixels.length; i += 3)
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return image;
  const grey = new Uint8Array(height * width);
  for (let i = 0; i < grey.length; i++) grey[i] = pixels[3 * i];
  return { pixels: grey, height, width, channels: 1 };
}

/** Luma after ITU-R BT.601. */
function toGrey({ pixels, height, width, channels }: RawImage): Grey {
  const values = reused(height * width);
  if (channels === 1) values.set(pixels);
  else
    for (let i = 0, p = 0; i < values.length; i++, p += 3)
      values[i] = 0.299 * pixels[p] + 0.587 * pixels[p + 1] + 0.114 * pixels[p + 2];
  return { values, height, width };
}

/** Sharpness depends on the scale: larger images are measured at this many pixels on the longer side, and hashed from there. */
const LONGEST_SIDE = 512;

let kept = new Float32Array(0);

/** Memory that is used again by each image, all zeros. */
function reused(length: number): Float32Array {
  if (kept.length < length) kept = new Float32Array(length);
  return kept.subarray(0, length).fill(0);
}

/**
 * The image in grey as it is measured and hashed: of a larger one each pixel is the mean of the area that it covers. The values hold
 * until the next image is made grey.
 */
export function greyOf(image: RawImage): Grey {
  const { pixels, channels } = image;
  const scale = LONGEST_SIDE / Math.max(image.height, image.width);
  if (scale >= 1) return toGrey(image);
  const [height, width] = [image.height, image.width].map((side) => Math.max(1, Math.round(side * scale)));
  return resized(image, { values: reused(height * width), height, width }, (y, sums) => {
    const { width: across } = image;
    let sum = 0;
    if (channels === 1) for (let x = 0, p = y * across; x < across; x++, p++) sums[x + 1] = sum += pixels[p];
    else
      for (let x = 0, p = 3 * y * across; x < across; x++, p += 3)
        sums[x + 1] = sum += 0.299 * pixels[p] + 0.587 * pixels[p + 1] + 0.114 * pixels[p + 2];
  });
}

/** Each target pixel is the mean of the area that it covers, fractions of pixels included; up or down. */
export function areaResize(image: Grey, height: number, width: number): Grey {
  if (image.height === height && image.width === width) return image;
  const target = { values: new Float32Array(height * width), height, width };
  return resized(image, target, (y, sums) => {
    let sum = 0;
    for (let x = 0, at = y * image.width; x < image.width; x++, at++) sums[x + 1] = sum += image.values[at];
  });
}

/**
 * Means over equal stretches of a row are differences of its running sum at their ends, which lie between pixels as a rule.
 *
 * @param target of zeros; filled and returned
 * @param sum puts the running sum of a row's grey values from the second place on
 */
function resized(
  from: { height: number; width: number },
  target: Grey,
  sum: (y: number, sums: Float64Array) => void,
): Grey {
  const { values, height, width } = target;
  const { whole, part, sums, narrowed } = linesOf(from.width, width);
  const scale = width / from.width;
  const step = from.height / height;
  for (let y = 0; y < from.height; y++) {
    sum(y, sums);
    let before = 0;
    for (let x = 0; x < width; x++) {
      const place = whole[x];
      const until = sums[place] + part[x] * (sums[place + 1] - sums[place]);
      narrowed[x] = scale * (until - before);
      before = until;
    }
    // The target rows that this row lies in, and what part of each it is.
    for (let row = Math.floor(y / step); row < height && row * step < y + 1; row++) {
      const share = (Math.min(y + 1, (row + 1) * step) - Math.max(y, row * step)) / step;
      if (share <= 0) continue;
      const to = row * width;
      for (let x = 0; x < width; x++) values[to + x] += share * narrowed[x];
    }
  }
  return target;
}

interface Lines {
  from: number;
  to: number;
  /** Where each of `to` equal stretches of `from` pixels ends: whole pixels, and a part of the next. */
  whole: Int32Array;
  part: Float64Array;
  /** For a row's running sum, which begins with 0 and ends with a place that is only multiplied by 0. */
  sums: Float64Array;
  narrowed: Float64Array;
}

/** Of the widths that were met last: images of a dataset are alike. */
const met: Lines[] = [];
const MOST_MET = 4;

function linesOf(from: number, to: number): Lines {
  const known = met.find((lines) => lines.from === from && lines.to === to);
  if (known) return known;
  const lines: Lines = {
    ...{ from, to, whole: new Int32Array(to), part: new Float64Array(to) },
    ...{ sums: new Float64Array(from + 2), narrowed: new Float64Array(to) },
  };
  for (let x = 0; x < to; x++) {
    const end = ((x + 1) * from) / to;
    lines.whole[x] = Math.floor(end);
    lines.part[x] = end - lines.whole[x];
  }
  met.unshift(lines);
  met.length = Math.min(met.length, MOST_MET);
  return lines;
}
