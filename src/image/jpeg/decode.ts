import type { RawImage } from "../raw.ts";
import { cropped, enlarged, toRgb } from "./colour.ts";
import { readHeader } from "./header.ts";
import { decodeScan } from "./scan.ts";

/**
 * Pixels up to which this takes less processor time than the general decoder, whose call alone costs what 10,000 pixels cost here;
 * beyond, the general decoder's vector instructions win.
 */
const MOST_PIXELS = 128 * 128;
/** Narrower planes of colour are enlarged in another way by the usual decoders. */
const FEWEST_COLUMNS = 3;

/**
 * A small, plain JPEG to the pixels that the general decoder (libjpeg-turbo) gives. Undefined where the image is larger, of another
 * kind, or not whole.
 */
export function decodeSmallJpeg(bytes: Uint8Array): RawImage | undefined {
  const header = readHeader(bytes);
  if (!header || header.height * header.width > MOST_PIXELS) return undefined;
  const { height, width, components } = header;
  const [{ across }] = components;
  if (across === 2 && Math.ceil(width / 2) < FEWEST_COLUMNS) return undefined;
  const planes = decodeScan(bytes, header);
  if (!planes) return undefined;
  if (planes.length === 1) return { pixels: cropped(planes[0], height, width), height, width, channels: 1 };
  const [luma, blue, red] = planes;
  const colours = [blue, red].map((plane, c) => enlarged(plane, header, 3 + c));
  return { pixels: toRgb([luma, ...colours], height, width), height, width, channels: 3 };
}

/** Whether a file has a header of the kind that is decoded here. */
export const isSmallJpeg = (bytes: Uint8Array): boolean => {
  const header = readHeader(bytes);
  return header !== undefined && header.height * header.width <= MOST_PIXELS;
};
