/** Masks between intake, which reads each of them once, and ingest: blocks of them, packed, at their images' own size. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Mask } from "./types.ts";

/** Masks a block, at most. */
export const MASKS_A_BLOCK = 500;

/** A mask as stored: runs of one class compress to little. */
export const packMask = ({ values }: Mask): Uint8Array => deflateRawSync(values, { level: 1 });

interface Entry {
  height: number;
  width: number;
  bytes: number;
}

/** One block: the length of its list, the list as JSON, then the packed masks one after another. */
export function encodeMasks(masks: { height: number; width: number; packed: Uint8Array }[]): Uint8Array {
  const list = new TextEncoder().encode(
    JSON.stringify(masks.map(({ height, width, packed }): Entry => ({ height, width, bytes: packed.length }))),
  );
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, list.length);
  return new Uint8Array(Buffer.concat([head, list, ...masks.map(({ packed }) => packed)]));
}

/** Unpacks a block's masks one at a time, as they are asked for. */
export function decodeMasks(block: Uint8Array): (place: number) => Mask {
  const length = new DataView(block.buffer, block.byteOffset).getUint32(0);
  const list = JSON.parse(new TextDecoder().decode(block.subarray(4, 4 + length))) as Entry[];
  const starts: number[] = [];
  let at = 4 + length;
  for (const { bytes } of list) {
    starts.push(at);
    at += bytes;
  }
  return (place) => {
    const { height, width, bytes } = list[place];
    const packed = block.subarray(starts[place], starts[place] + bytes);
    return { values: new Uint8Array(inflateRawSync(packed, { maxOutputLength: height * width })), height, width };
  };
}
