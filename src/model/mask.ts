import type { ImageShape } from "../dataset/types.ts";
import type { WriteImage } from "./preprocess.ts";
import type { Recipe } from "./types.ts";

/** What every image is brought to where its own brightness and contrast are to say nothing, 0..255. */
const EQUAL = { mean: 127.5, deviation: 64 };

/** Writes images with their masked boxes blank, and brought to one brightness and contrast where the recipe asks for it. */
export function withoutProperties(
  { mask = [], equalize = false }: Pick<Recipe["input"], "mask" | "equalize">,
  shape: ImageShape,
  write: WriteImage,
): WriteImage {
  const { height, width, channels } = shape;
  const boxes = mask.map(([top, left, bottom, right]) => [
    Math.floor(top * height),
    Math.floor(left * width),
    Math.ceil(bottom * height),
    Math.ceil(right * width),
  ]);
  const size = height * width * channels;
  const image = new Float32Array(size);
  return (source, from, out, to) => {
    for (let i = 0; i < size; i++) image[i] = source[from + i];
    if (equalize) bringToOne(image);
    for (const [top, left, bottom, right] of boxes)
      for (let y = top; y < bottom; y++)
        image.fill(equalize ? EQUAL.mean : 0, (y * width + left) * channels, (y * width + right) * channels);
    write(image, 0, out, to);
  };
}

/** One mean and deviation over all values of the image; an image of one colour becomes the mean. */
function bringToOne(image: Float32Array): void {
  let sum = 0;
  for (const value of image) sum += value;
  const mean = sum / image.length;
  let squares = 0;
  for (const value of image) squares += (value - mean) ** 2;
  const deviation = Math.sqrt(squares / image.length);
  const gain = deviation > 0 ? EQUAL.deviation / deviation : 0;
  for (let i = 0; i < image.length; i++) image[i] = EQUAL.mean + (image[i] - mean) * gain;
}
