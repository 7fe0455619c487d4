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
export function toGrey({ pixels, height, width, channels }: RawImage): Grey {
  if (channels === 1) return { values: Float32Array.from(pixels), height, width };
  const values = new Float32Array(height * width);
  for (let i = 0, p = 0; i < values.length; i++, p += 3)
    values[i] = 0.299 * pixels[p] + 0.587 * pixels[p + 1] + 0.114 * pixels[p + 2];
  return { values, height, width };
}

/** Each target pixel is the mean of the area that it covers, fractions of pixels included; up or down. */
export function areaResize(image: Grey, height: number, width: number): Grey {
  const rows = alongRows(image.values, image.height, image.width, width);
  const columns = alongRows(transpose(rows, image.height, width), width, image.height, height);
  return { values: transpose(columns, width, height), height, width };
}

function alongRows(values: Float32Array, rows: number, from: number, to: number): Float32Array {
  if (from === to) return values;
  const result = new Float32Array(rows * to);
  const step = from / to;
  for (let target = 0; target < to; target++) {
    const start = target * step;
    const end = Math.min(from, (target + 1) * step);
    for (let source = Math.floor(start); source < end; source++) {
      const part = (Math.min(end, source + 1) - Math.max(start, source)) / (end - start);
      for (let row = 0; row < rows; row++) result[row * to + target] += part * values[row * from + source];
    }
  }
  return result;
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column];
  return turned;
}
