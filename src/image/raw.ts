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
  const values = new Float32Array(height * width);
  if (channels === 1) values.set(pixels);
  else
    for (let i = 0, p = 0; i < values.length; i++, p += 3)
      values[i] = 0.299 * pixels[p] + 0.587 * pixels[p + 1] + 0.114 * pixels[p + 2];
  return { values, height, width };
}

/** Each target pixel is the mean of the area that it covers, fractions of pixels included; up or down. */
export function areaResize(image: Grey, height: number, width: number): Grey {
  if (image.height === height && image.width === width) return image;
  const across = coverage(image.width, width);
  const down = coverage(image.height, height);
  const values = new Float32Array(height * width);
  // A source row is brought to the target's width once, though two target rows may share it.
  const line = new Float32Array(width);
  let narrowed = -1;
  for (let y = 0, at = 0; y < height; y++) {
    const row = values.subarray(y * width, (y + 1) * width);
    for (let source = down.first[y]; source < down.end[y]; source++, at++) {
      if (source !== narrowed) narrow(image.values, source * image.width, across, line);
      narrowed = source;
      const part = down.parts[at];
      for (let x = 0; x < width; x++) row[x] += part * line[x];
    }
  }
  return { values, height, width };
}

interface Coverage {
  /** Source places `[first, end)` that each target place covers, in whole or in part. */
  first: Int32Array;
  end: Int32Array;
  /** What part of the target place each of them is, one target place after another. */
  parts: Float32Array;
}

function coverage(from: number, to: number): Coverage {
  const step = from / to;
  const first = new Int32Array(to);
  const end = new Int32Array(to);
  const parts: number[] = [];
  for (let target = 0; target < to; target++) {
    const start = target * step;
    const stop = Math.min(from, (target + 1) * step);
    first[target] = Math.floor(start);
    end[target] = Math.ceil(stop);
    for (let source = first[target]; source < stop; source++)
      parts.push((Math.min(stop, source + 1) - Math.max(start, source)) / (stop - start));
  }
  return { first, end, parts: Float32Array.from(parts) };
}

function narrow(values: Float32Array, from: number, { first, end, parts }: Coverage, into: Float32Array): void {
  for (let x = 0, at = 0; x < into.length; x++) {
    let sum = 0;
    for (let source = from + first[x]; source < from + end[x]; source++, at++) sum += parts[at] * values[source];
    into[x] = sum;
  }
}
