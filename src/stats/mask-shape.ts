/** Shapes in masks: connected regions, outlines, and what lies near them. */
import { IGNORE, type Mask } from "./mask.ts";

export interface Regions {
  /** Number of each pixel's region, [height, width]; -1 where there is none. */
  regionOf: Int32Array;
  /** Value of each region, and how many pixels it has. */
  values: Uint8Array;
  pixels: Int32Array;
  /** First pixel of each region. */
  firsts: Int32Array;
}

/**
 * Regions of equal values that touch at a side or a corner, numbered by their first pixel in reading order.
 *
 * @param leaveOut the value that makes no regions: the background, or 0 of a map of marks
 */
export function regionsOf({ values, height, width }: Mask, leaveOut = 0): Regions {
  const regionOf = new Int32Array(height * width).fill(-1);
  const stack = new Int32Array(height * width);
  const found = { values: [] as number[], pixels: [] as number[], firsts: [] as number[] };
  for (let start = 0; start < values.length; start++) {
    if (regionOf[start] >= 0 || values[start] === leaveOut) continue;
    const value = values[start];
    const region = found.values.length;
    let held = 0;
    let pixels = 0;
    stack[held++] = start;
    regionOf[start] = region;
    while (held > 0) {
      const pixel = stack[--held];
      pixels++;
      const x = pixel % width;
      const y = (pixel - x) / width;
      const right = Math.min(width - 1, x + 1);
      const bottom = Math.min(height - 1, y + 1);
      for (let ny = Math.max(0, y - 1); ny <= bottom; ny++)
        for (let nx = Math.max(0, x - 1); nx <= right; nx++) {
          const next = ny * width + nx;
          if (regionOf[next] >= 0 || values[next] !== value) continue;
          regionOf[next] = region;
          stack[held++] = next;
        }
    }
    found.values.push(value);
    found.pixels.push(pixels);
    found.firsts.push(start);
  }
  return {
    regionOf,
    values: Uint8Array.from(found.values),
    pixels: Int32Array.from(found.pixels),
    firsts: Int32Array.from(found.firsts),
  };
}

/**
 * Pixels, in reading order, that have a neighbour above, below, left or right of another value. The image's border is no outline.
 * Those of one value are that value's own outline.
 */
export function outlineOf({ values, height, width }: Mask): Int32Array {
  const outline = new Int32Array(height * width);
  let found = 0;
  const last = (height - 1) * width;
  for (let y = 0, pixel = 0; y < height; y++)
    for (let x = 0; x < width; x++, pixel++) {
      const value = values[pixel];
      if (
        (x > 0 && values[pixel - 1] !== value) ||
        (x + 1 < width && values[pixel + 1] !== value) ||
        (pixel >= width && values[pixel - width] !== value) ||
        (pixel < last && values[pixel + width] !== value)
      )
        outline[found++] = pixel;
    }
  return outline.slice(0, found);
}

/**
 * 1 for every pixel within `radius` pixels (Euclidean) of one of `pixels`, [height, width]. In linear time: distances along
 * columns first, then each pixel covers a stretch of its row. Only the rows in reach are looked at.
 */
export function near(pixels: Int32Array, height: number, width: number, radius: number): Uint8Array {
  const result = new Uint8Array(height * width);
  if (pixels.length === 0) return result;
  const reach = Math.floor(radius);
  const far = reach + 1;
  // In reading order, or not: first and last row that can be reached.
  let top = height;
  let bottom = 0;
  for (const pixel of pixels) {
    const row = Math.floor(pixel / width);
    if (row < top) top = row;
    if (row > bottom) bottom = row;
  }
  const from = Math.max(0, top - reach) * width;
  const to = Math.min(height, bottom + far) * width;
  const along = new Uint16Array(to - from).fill(far);
  for (const pixel of pixels) along[pixel - from] = 0;
  for (let i = width; i < along.length; i++) {
    const above = along[i - width] + 1;
    if (above < along[i]) along[i] = above;
  }
  for (let i = along.length - 1 - width; i >= 0; i--) {
    const below = along[i + width] + 1;
    if (below < along[i]) along[i] = below;
  }
  // By distance along the column, how far a pixel reaches along the row; nothing is out of all columns.
  const stretch = Int32Array.from({ length: far + 1 }, (_, distance) =>
    distance > radius ? -width - 1 : Math.floor(Math.sqrt(radius ** 2 - distance ** 2)),
  );
  for (let row = 0; row < along.length; row += width) {
    let right = -1;
    for (let x = 0; x < width; x++) {
      const end = x + stretch[along[row + x]];
      if (end > right) right = end;
      if (x <= right) result[from + row + x] = 1;
    }
    let left = width;
    for (let x = width - 1; x >= 0; x--) {
      const end = x - stretch[along[row + x]];
      if (end < left) left = end;
      if (x >= left) result[from + row + x] = 1;
    }
  }
  return result;
}

/**
 * Of an outline's pixels, how many there are of each class and how many of them have a pixel of the other outline, of the same
 * class, within `radius` pixels: each `[classes]`.
 */
export function matchedByClass(
  line: Int32Array,
  of: Mask,
  other: Int32Array,
  otherOf: Mask,
  classes: number,
  radius: number,
): { all: Float64Array; matched: Float64Array } {
  const { height, width, values } = of;
  const all = new Float64Array(classes);
  const matched = new Float64Array(classes);
  for (const pixel of line) all[values[pixel]]++;
  const disc = discOf(radius);
  if (line.length * disc.length > DENSE * values.length) {
    for (let k = 0; k < classes; k++) {
      if (all[k] === 0) continue;
      const close = near(
        other.filter((pixel) => otherOf.values[pixel] === k),
        height,
        width,
        radius,
      );
      for (const pixel of line) if (values[pixel] === k) matched[k] += close[pixel];
    }
    return { all, matched };
  }
  const classAt = new Uint8Array(values.length).fill(IGNORE);
  for (const pixel of other) classAt[pixel] = otherOf.values[pixel];
  for (const pixel of line) {
    const k = values[pixel];
    const x = pixel % width;
    const y = (pixel - x) / width;
    for (const { dx, dy } of disc) {
      const [nx, ny] = [x + dx, y + dy];
      if (nx < 0 || nx >= width || ny < 0 || ny >= height || classAt[ny * width + nx] !== k) continue;
      matched[k]++;
      break;
    }
  }
  return { all, matched };
}

/** Looks a pixel of the image beyond which measuring all distances at once costs less than looking round each pixel of an outline. */
const DENSE = 16;

/** Steps to all pixels within a radius, the nearest first. */
function discOf(radius: number): { dx: number; dy: number }[] {
  const reach = Math.floor(radius);
  const steps: { dx: number; dy: number }[] = [];
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) if (dx * dx + dy * dy <= radius * radius) steps.push({ dx, dy });
  return steps.sort((a, b) => a.dx ** 2 + a.dy ** 2 - b.dx ** 2 - b.dy ** 2);
}
