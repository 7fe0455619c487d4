/** The shape that images get where no recipe names one. */

import { ImageProblem } from "../image/decode.ts";
import { withoutEmptyColour } from "../image/raw.ts";
import { random } from "../random.ts";
import { assertMostlyUsable, toRaw } from "./ingest.ts";
import { tileOfImage } from "./masks/tiles.ts";
import type { DatasetSource, ImageShape, Rejected } from "./types.ts";

/** Images looked at: runs of neighbours, as reading these is cheap in every format. */
const RUNS = 8;
const RUN_LENGTH = 8;
const SEED = 1;

/**
 * The shape of most images, at most `longestSide` pixels on the longer side; grey where all looked at are grey.
 * Where sizes differ: a square of the median of the shorter sides.
 *
 * @throws InputError where more than half of the images looked at cannot be used
 */
export async function chooseShape(source: DatasetSource, longestSide = 64): Promise<ImageShape> {
  const sizes: { height: number; width: number; channels: 1 | 3 }[] = [];
  const rejected: Rejected[] = [];
  for (const from of startsOf(source.samples.length)) {
    const to = Math.min(source.samples.length, from + RUN_LENGTH);
    for await (const { index, image } of source.read(from, to)) {
      try {
        const { height, width, channels } = withoutEmptyColour(
          tileOfImage(await toRaw(image), source.samples[index].tile),
        );
        sizes.push({ height, width, channels });
      } catch (error) {
        if (!(error instanceof ImageProblem)) throw error;
        rejected.push({ file: source.samples[index].file, problem: error.message });
      }
    }
  }
  assertMostlyUsable(".", sizes.length + rejected.length, rejected);
  const channels = sizes.every((size) => size.channels === 1) ? 1 : 3;
  const { height, width } = commonSize(sizes);
  const scale = Math.min(1, longestSide / Math.max(height, width));
  return { height: Math.max(1, Math.round(height * scale)), width: Math.max(1, Math.round(width * scale)), channels };
}

function startsOf(images: number): number[] {
  const runs = Math.ceil(images / RUN_LENGTH);
  const chosen = runs <= RUNS ? [...Array(runs).keys()] : random(SEED).sample([...Array(runs).keys()], RUNS);
  return chosen.sort((a, b) => a - b).map((run) => run * RUN_LENGTH);
}

function commonSize(sizes: { height: number; width: number }[]): { height: number; width: number } {
  const [first] = sizes;
  if (sizes.every(({ height, width }) => height === first.height && width === first.width)) return first;
  const shorter = sizes.map(({ height, width }) => Math.min(height, width)).sort((a, b) => a - b);
  const side = shorter[shorter.length >> 1];
  return { height: side, width: side };
}
