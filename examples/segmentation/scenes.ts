/** The article's third example: mugs and plates anywhere in the image, with their exact masks. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import type { MaskedImages } from "../../src/model/types.ts";
import { deriveSeed, random } from "../../src/random.ts";
import { drawOnce, type OnDrawn, writeJson } from "../folder.ts";
import { classMask, drawScene } from "../scenes/draw.ts";
import { CLASSES, chooseView, tabletopScene } from "../tabletop/views.ts";
import recipe from "./recipe.json" with { type: "json" };

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
    const drawn = maskedScene(i, size, seed);
    pixels.set(drawn.pixels, i * size * size * 3);
    masks.set(drawn.mask, i * size * size);
  }
  return { shape: { height: size, width: size, channels: 3 }, pixels, masks };
}

function maskedScene(i: number, size: number, seed: number): { pixels: Uint8Array; mask: Uint8Array } {
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
  const mask = classMask(drawing, (name) => Math.max(0, SCENE_CLASSES.indexOf(name)));
  return { pixels: drawing.pixels, mask };
}

/** Writes scenes as `images/<n>.png` and, with the class index as grey value, `masks/<n>.png`. */
export async function writeMaskedScenes(
  folder: string,
  images: number,
  size: number,
  seed: number,
  onDrawn: OnDrawn = () => {},
): Promise<void> {
  for (const name of ["images", "masks"]) await mkdir(path.join(folder, name), { recursive: true });
  const write = (values: Uint8Array, channels: 1 | 3, file: string) =>
    sharp(values, { raw: { width: size, height: size, channels } })
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .png()
      .toFile(path.join(folder, file));
  for (let i = 0; i < images; i++) {
    const { pixels, mask } = maskedScene(i, size, seed);
    await write(pixels, 3, `images/${i}.png`);
    await write(mask, 1, `masks/${i}.png`);
    onDrawn(i + 1, images);
  }
}

/** Goes up when a drawing changes, so that older folders are drawn again. */
const EDITION = 1;
const FILES = ["errata.json", "recipe.json"];
const IMAGES = 2400;
const SEED = 7;

const REQUEST = {
  schema: "errata/request@1",
  task: "segmentation",
  // Drawing is cheap and so is predicting: three quarters of the images judge what the others teach. What too few test images leave
  // to chance, more seeds or epochs do not mend.
  data: { path: ".", split: { test: 0.75, validation: 0.025 }, masks: { classes: SCENE_CLASSES } },
  subject: { recipe: "recipe.json" },
  effort: "quick",
  seed: SEED,
};

/**
 * Writes the example into `folder`: images, masks, recipe and, last but for the digest, `errata.json`. Where the same dataset is
 * complete already nothing is written; half of one is drawn again.
 *
 * @returns whether anything was drawn
 */
export async function writeSegmentation(
  folder: string,
  { images = IMAGES }: { images?: number } = {},
  onDrawn: OnDrawn = () => {},
): Promise<boolean> {
  const example = {
    digestFile: "segmentation.json",
    settings: { edition: EDITION, images, recipe, request: REQUEST, classes: SCENE_CLASSES },
    own: ["images", "masks", ...FILES],
    files: FILES,
    images: { folders: ["images", "masks"], count: 2 * images },
  };
  return drawOnce(folder, example, async () => {
    const [size] = recipe.input.size;
    await writeMaskedScenes(folder, images, size, SEED, onDrawn);
    await writeJson(path.join(folder, "recipe.json"), recipe);
    await writeJson(path.join(folder, "errata.json"), REQUEST);
  });
}
