import { InputError } from "../../errors.ts";
import type { Mask } from "./types.ts";

/**
 * The mask at another size: each pixel takes the class at its centre's place (nearest neighbour), so that no class appears which
 * was not there.
 */
export function resizeMask(mask: Mask, height: number, width: number): Mask {
  if (mask.height === height && mask.width === width) return mask;
  const values = new Uint8Array(height * width);
  const columns = Int32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * mask.width) / width));
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * mask.height) / height) * mask.width;
    for (let x = 0; x < width; x++) values[y * width + x] = mask.values[row + columns[x]];
  }
  return { values, height, width };
}

/** @throws InputError where a mask has another size than its image */
export function assertSameSize(
  mask: Pick<Mask, "height" | "width">,
  image: { height: number; width: number },
  file: string,
  imageFile: string,
): void {
  if (mask.height === image.height && mask.width === image.width) return;
  throw new InputError({
    file,
    field: "size",
    problem: `The mask is ${mask.width} x ${mask.height} pixels, its image ${imageFile} is ${image.width} x ${image.height}.`,
    remedy: "Export the mask again at the image's own size, upright as the image is shown.",
  });
}
