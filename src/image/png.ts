import { crc32, deflateSync } from "node:zlib";
import type { RawImage } from "./raw.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const GREY = 0;
const RGB = 2;
/** Each sample less the one to its left (PNG 1.2, section 6.3). */
const SUB = 1;

/** A PNG, for images so small that calling an encoder costs more than encoding. */
export function encodePng({ pixels, height, width, channels }: RawImage): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? GREY : RGB], 8);
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0, to = 0; y < height; y++) {
    rows[to++] = SUB;
    for (let x = 0, from = y * stride; x < stride; x++, from++)
      rows[to++] = pixels[from] - (x < channels ? 0 : pixels[from - channels]);
  }
  const parts = [
    SIGNATURE,
    ...chunk("IHDR", header),
    ...chunk("IDAT", deflateSync(rows)),
    ...chunk("IEND", new Uint8Array(0)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

function chunk(type: string, data: Uint8Array): Uint8Array[] {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return [length, body, check];
}
