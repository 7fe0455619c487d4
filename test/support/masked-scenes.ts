/** The project's own scenes with their exact masks, for segmentation. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { classMask, drawScene } from "../../examples/scenes/draw.ts";
import { CLASSES, chooseView, tabletopScene } from "../../examples/tabletop/views.ts";
import type { MaskedImages } from "../../src/model/types.ts";
import { deriveSeed, random } from "../../src/random.ts";

export const SCENE_CLASSES = ["background", ...CLASSES];

/** How far the camera steps back, and how far its middle lies from the object, as shares of what the tabletop's views have. */
const STEP_BACK = 1.7;
const ASIDE = 1.1;

/**
 * Mugs and plates from all round and anywhere in the image, which the tabletop's own views have in the middle; `size` x `size`
 * pixels. The same seed gives the same bytes everywhere.
 */
export function maskedScenes(images: number, size: number, seed: number): MaskedImages {
  const pixels = new Uint8Array(images * size * size * 3);
  const masks = new Uint8Array(images * size * size);
  for (let i = 0; i < images; i++) {
    const own = deriveSeed(seed, "masked scenes", i);
    const view = chooseView(random(deriveSeed(own, "view")), CLASSES[i % CLASSES.length], "all");
    const scene = tabletopScene(view, size, own);
    const place = random(deriveSeed(own, "place"));
    const { target, distance, fieldOfView } = scene.camera;
    const reach = ASIDE * distance * Math.tan((fieldOfView / 360) * Math.PI);
    const shift = () => (2 * place.float() - 1) * reach;
    const camera = {
      ...scene.camera,
      distance: STEP_BACK * distance,
      target: [target[0] + shift(), target[1] + shift() / 2, target[2] + shift()] as const,
    };
    const drawing = drawScene({ ...scene, camera });
    pixels.set(drawing.pixels, i * size * size * 3);
    masks.set(
      classMask(drawing, (name) => Math.max(0, SCENE_CLASSES.indexOf(name))),
      i * size * size,
    );
  }
  return { shape: { height: size, width: size, channels: 3 }, pixels, masks };
}

/** Writes scenes as `images/<n>.png` and, with the class index as grey value, `masks/<n>.png`. */
export async function writeMaskedScenes(folder: string, images: number, size: number, seed: number): Promise<void> {
  const { pixels, masks } = maskedScenes(images, size, seed);
  for (const name of ["images", "masks"]) mkdirSync(join(folder, name), { recursive: true });
  const area = size * size;
  const write = (values: Uint8Array, channels: 1 | 3, path: string) =>
    sharp(values, { raw: { width: size, height: size, channels } })
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .png()
      .toFile(join(folder, path));
  for (let i = 0; i < images; i++) {
    await write(pixels.subarray(i * area * 3, (i + 1) * area * 3), 3, `images/${i}.png`);
    await write(masks.subarray(i * area, (i + 1) * area), 1, `masks/${i}.png`);
  }
}
