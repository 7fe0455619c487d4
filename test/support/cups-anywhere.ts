import { deriveSeed, random } from "../../src/random.ts";
import { MASK, maskText } from "../planted/masks.ts";
import type { Dataset } from "../planted/types.ts";
import { maskedImages, photosOf } from "./masked-data.ts";
import { placeAnywhere } from "./place-anywhere.ts";

/** Side of the photographs that are placed, pixels, and of a placed one as a part of the picture's side. */
const PHOTO = 96;
const SIZE = { least: 0.22, most: 0.42 };

/** The photographed cups of ETH-80 with their masks, anywhere in the picture. Cups 1 to 7 are for training, 8 to 10 for the test. */
export async function cupsAnywhere(side: number): Promise<Dataset> {
  const photos = await maskedImages(
    await photosOf("cup"),
    { height: PHOTO, width: PHOTO, channels: 3 },
    { format: "instances" },
  );
  const placed = photos.files.map((file, i) =>
    placeAnywhere(photos, i, side, SIZE, random(deriveSeed(80, "anywhere", file))),
  );
  const cup = photos.files.map((file) => Number(/cup(\d+)-/.exec(file)![1]));
  return {
    classes: ["background", "cup"],
    shape: { height: side, width: side, channels: 3 },
    pixels: Buffer.concat(placed.map(({ pixels }) => pixels)),
    labels: new Uint8Array(placed.length).fill(1),
    columns: { [MASK]: placed.map(({ mask }) => maskText(mask)) },
    parts: cup.map((each) => (each <= 7 ? "train" : "test")),
  };
}
