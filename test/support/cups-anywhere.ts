import { deriveSeed, random } from "../../src/random.ts";
import { MASK, maskText } from "../planted/masks.ts";
import type { Dataset } from "../planted/types.ts";
import { cups, maskedImages } from "./masked-data.ts";

/** Side of the photographs that are placed, pixels, and of a placed one as a part of the picture's side. */
const PHOTO = 96;
const SIZE = { least: 0.22, most: 0.42 };

/**
 * The photographed cups of ETH-80 with their masks, seen from farther off and anywhere in the picture: there each fills the middle of
 * its photograph, so that one place a pixel is nearly all that a network has to learn. What lies beyond a photograph's border is
 * its border, drawn on. Cups 1 to 7 are for training, 8 to 10 for the test.
 */
export async function cupsAnywhere(side: number): Promise<Dataset> {
  const photos = await maskedImages(
    await cups(),
    { height: PHOTO, width: PHOTO, channels: 3 },
    { format: "instances" },
  );
  const count = photos.files.length;
  const pixels = new Uint8Array(count * side * side * 3);
  const masks: string[] = [];
  for (let i = 0; i < count; i++) {
    const chance = random(deriveSeed(80, "anywhere", photos.files[i]));
    const size = Math.round(side * (SIZE.least + (SIZE.most - SIZE.least) * chance.float()));
    const [left, top] = [chance.int(side - size + 1), chance.int(side - size + 1)];
    const mask = new Uint8Array(side * side);
    for (let at = 0; at < mask.length; at++) {
      const [x, y] = [at % side, Math.floor(at / side)].map((place, axis) =>
        Math.floor(((place - (axis === 0 ? left : top) + 0.5) * PHOTO) / size),
      );
      const [u, v] = [x, y].map((place) => Math.min(PHOTO - 1, Math.max(0, place)));
      const from = (i * PHOTO + v) * PHOTO + u;
      if (u === x && v === y) mask[at] = photos.masks[from];
      pixels.set(photos.pixels.subarray(3 * from, 3 * from + 3), 3 * (i * side * side + at));
    }
    masks.push(maskText(mask));
  }
  const cup = photos.files.map((file) => Number(/cup(\d+)-/.exec(file)![1]));
  return {
    classes: ["background", "cup"],
    shape: { height: side, width: side, channels: 3 },
    pixels,
    labels: new Uint8Array(count).fill(1),
    columns: { [MASK]: masks },
    parts: cup.map((each) => (each <= 7 ? "train" : "test")),
  };
}
