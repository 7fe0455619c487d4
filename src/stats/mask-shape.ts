/** Shapes in masks: connected regions, outlines, and what lies near them. */
import type { Mask } from "./mask.ts";

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
 * 1 where a pixel of the class has a neighbour above, below, left or right that is not of it, [height, width]. The image's border
 * is no outline. Without a class: where any two values meet.
 */
export function outlineOf({ values, height, width }: Mask, of?: number): Uint8Array {
  const outline = new Uint8Array(height * width);
  for (let y = 0, pixel = 0; y < height; y++)
    for (let x = 0; x < width; x++, pixel++) {
      const value = values[pixel];
      if (of !== undefined && value !== of) continue;
      if (
        (x > 0 && values[pixel - 1] !== value) ||
        (x + 1 < width && values[pixel + 1] !== value) ||
        (y > 0 && values[pixel - width] !== value) ||
        (y + 1 < height && values[pixel + width] !== value)
      )
        outline[pixel] = 1;
    }
  return outline;
}

/**
 * 1 for every pixel within `radius` pixels (Euclidean) of a marked one, [height, width]. In linear time: distances along columns
 * first, then each pixel covers a stretch of its row.
 */
export function near(marks: Uint8Array, height: number, width: number, radius: number): Uint8Array {
  const reach = Math.floor(radius);
  const far = reach + 1;
  const along = new Int32Array(height * width).fill(far);
  for (let pixel = 0; pixel < marks.length; pixel++)
    along[pixel] = marks[pixel] ? 0 : pixel < width ? far : Math.min(far, along[pixel - width] + 1);
  for (let pixel = marks.length - 1 - width; pixel >= 0; pixel--)
    along[pixel] = Math.min(along[pixel], along[pixel + width] + 1);
  // By distance along the column, how far a pixel reaches along the row.
  const stretch = Int32Array.from({ length: far }, (_, distance) => Math.floor(Math.sqrt(radius ** 2 - distance ** 2)));
  const result = new Uint8Array(height * width);
  for (let row = 0; row < marks.length; row += width) {
    let right = -1;
    for (let x = 0; x < width; x++) {
      const distance = along[row + x];
      if (distance < far) right = Math.max(right, x + stretch[distance]);
      if (x <= right) result[row + x] = 1;
    }
    let left = width;
    for (let x = width - 1; x >= 0; x--) {
      const distance = along[row + x];
      if (distance < far) left = Math.min(left, x - stretch[distance]);
      if (x >= left) result[row + x] = 1;
    }
  }
  return result;
}
