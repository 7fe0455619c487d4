import sharp from "sharp";

/** Red, green, blue and opacity, 0..255. */
export type Paint = readonly [red: number, green: number, blue: number, opacity: number];

/**
 * A map of small numbers as a PNG of the same size, one paint a number; what has no paint stays clear.
 *
 * @param values [height, width]
 */
export async function paintedMap(
  { values, height, width }: { values: Uint8Array; height: number; width: number },
  paint: (value: number) => Paint | undefined,
): Promise<Uint8Array> {
  const paints = Array.from({ length: 256 }, (_, value) => paint(value) ?? ([0, 0, 0, 0] as const));
  const pixels = new Uint8Array(4 * values.length);
  for (let i = 0; i < values.length; i++) pixels.set(paints[values[i]], 4 * i);
  const bytes = await sharp(pixels, { raw: { height, width, channels: 4 }, limitInputPixels: false })
    .png({ compressionLevel: 9, adaptiveFiltering: false })
    .toBuffer();
  return new Uint8Array(bytes);
}
