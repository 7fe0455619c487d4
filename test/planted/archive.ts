import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import sharp from "sharp";
import { extract } from "tar-stream";
import { DATA } from "../support/data.ts";

/** Decodes the wanted images of a tar.gz below the data folder, brought to `side` x `side` pixels in colour. */
export async function imagesOf(
  archive: string,
  wanted: (name: string) => boolean,
  side: number,
): Promise<{ name: string; pixels: Buffer }[]> {
  const found: { name: string; bytes: Buffer }[] = [];
  const entries = extract();
  entries.on("entry", (header, stream, next) => {
    const chunks: Buffer[] = [];
    if (header.type === "file" && wanted(header.name)) stream.on("data", (chunk) => chunks.push(chunk as Buffer));
    else stream.resume();
    stream.on("end", () => {
      if (chunks.length > 0) found.push({ name: header.name, bytes: Buffer.concat(chunks) });
      next();
    });
  });
  await pipeline(createReadStream(join(DATA, archive)), createGunzip(), entries);
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  const decoded: { name: string; pixels: Buffer }[] = [];
  for (const { name, bytes } of found)
    decoded.push({
      name,
      pixels: await sharp(bytes)
        .removeAlpha()
        .toColourspace("srgb")
        .resize(side, side, { fit: "fill" })
        .raw()
        .toBuffer(),
    });
  return decoded;
}
