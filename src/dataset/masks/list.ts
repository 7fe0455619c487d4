/** A dataset of images with masks, listed as any other: its samples' labels are what their masks show most of. */
import { InputError } from "../../errors.ts";
import { type Assembly, assemble } from "../assemble.ts";
import { asListed, type Found, type Settle } from "../format.ts";
import type { DatasetListing, DatasetRequest, Files } from "../types.ts";
import { assertForeground, countClasses } from "./classes.ts";
import { openMasks } from "./open.ts";
import { encodeMasks, MASKS_A_BLOCK, packMask } from "./stored.ts";
import { nameOfTile, tileOfMask, tilesOf } from "./tiles.ts";
import type { MaskRequest, MaskSource } from "./types.ts";

/**
 * Reads every mask once, block by block: what a mask shows most of decides how images are dealt to splits, and the masks wait as
 * blocks for the stage that decodes the images. A mask that cannot be used is told and passed over.
 *
 * @param keep stores one block
 * @throws InputError as `openMasks` does; where most masks cannot be used, the first one's; where no mask shows an object
 */
export async function listMasks(
  files: Files,
  request: DatasetRequest,
  masks: MaskRequest,
  assembly: Omit<Assembly, "unchecked">,
  keep: (block: number, bytes: Uint8Array) => Promise<void>,
): Promise<DatasetListing> {
  const source = await openMasks(files, masks);
  const located: DatasetRequest = { ...request, path: masks.path, classes: source.classes };
  return assemble("masks", listed(source, masks, keep), located, { ...assembly, unchecked: true });
}

async function* listed(
  source: MaskSource,
  { path, tiles }: MaskRequest,
  keep: (block: number, bytes: Uint8Array) => Promise<void>,
): AsyncGenerator<Found, Settle> {
  const { images, classes } = source;
  const counts = new Float64Array(classes.length);
  let unusable = 0;
  let first: InputError | undefined;
  yield* source.rejected;
  for (let block = 0, from = 0; from < images.length; block++, from += MASKS_A_BLOCK) {
    const to = Math.min(images.length, from + MASKS_A_BLOCK);
    const read = await source.open(from, to);
    const packed: Parameters<typeof encodeMasks>[0] = [];
    for (let i = from; i < to; i++) {
      const { file, split } = images[i];
      try {
        const whole = await read(i);
        const parts = tiles ? tilesOf(whole, tiles) : [undefined];
        for (const tile of parts) {
          const mask = tileOfMask(whole, tile);
          const own = new Float64Array(classes.length);
          countClasses(mask, own);
          own.forEach((pixels, k) => void (counts[k] += pixels));
          const { height, width } = mask;
          packed.push({ height, width, packed: packMask(mask) });
          const label = classes[commonest(own)];
          // Tiles of one image are never divided between splits or folds.
          const part = tile ? { file: nameOfTile(file, tile), tile, group: file } : { file };
          yield { ...part, label, ...(split ? { split } : {}), mask: [block, packed.length - 1] };
        }
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        first ??= error;
        unusable++;
        yield { file, problem: error.message };
      }
    }
    await keep(block, encodeMasks(packed));
  }
  if (first && 2 * unusable > images.length) throw first;
  assertForeground(counts, classes, path);
  return asListed;
}

/** The class that a mask shows most of beside the background; the background where it shows nothing else. */
function commonest(pixels: Float64Array): number {
  let best = 0;
  for (let k = 1; k < pixels.length; k++) if (pixels[k] > 0 && (best === 0 || pixels[k] > pixels[best])) best = k;
  return best;
}
