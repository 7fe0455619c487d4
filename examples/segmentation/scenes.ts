/** The article's third example: mugs and plates anywhere in the image, with their exact masks. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { InputError } from "../../src/errors.ts";
import type { MaskedImages } from "../../src/model/types.ts";
import { deriveSeed, random } from "../../src/random.ts";
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
  for (const name of ["images", "masks"]) await mkdir(path.join(folder, name), { recursive: true });
  const area = size * size;
  const write = (values: Uint8Array, channels: 1 | 3, file: string) =>
    sharp(values, { raw: { width: size, height: size, channels } })
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .png()
      .toFile(path.join(folder, file));
  for (let i = 0; i < images; i++) {
    await write(pixels.subarray(i * area * 3, (i + 1) * area * 3), 3, `images/${i}.png`);
    await write(masks.subarray(i * area, (i + 1) * area), 1, `masks/${i}.png`);
  }
}

/** Goes up when a drawing changes, so that older folders are drawn again. */
const EDITION = 1;
const DIGEST_FILE = "segmentation.json";
const IMAGES = 1200;
const SEED = 7;

const REQUEST = {
  schema: "errata/request@1",
  task: "segmentation",
  // Drawing is cheap and so is predicting: half of the images judge what the others teach.
  data: { path: ".", split: { test: 0.5, validation: 0.05 }, masks: { classes: SCENE_CLASSES } },
  subject: { recipe: "recipe.json" },
  effort: "quick",
  seed: SEED,
};

/** Writes the example into `folder`: images, masks, recipe and, last but for the digest, `errata.json`; nothing where it is there already. */
export async function writeSegmentation(folder: string, { images = IMAGES }: { images?: number } = {}): Promise<void> {
  const [size] = recipe.input.size;
  const settings = JSON.stringify({ edition: EDITION, images, recipe, request: REQUEST, classes: SCENE_CLASSES });
  const digest = createHash("sha256").update(settings).digest("hex");
  const found = await readFile(path.join(folder, DIGEST_FILE), "utf8").catch(() => undefined);
  if (found === digest) return;
  if (found === undefined && (await readdir(folder).catch(() => [])).length > 0)
    throw new InputError({
      file: folder,
      problem: "There are files that this example did not write.",
      remedy: "Give an empty folder.",
    });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, DIGEST_FILE), "");
  await writeMaskedScenes(folder, images, size, SEED);
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  await writeFile(path.join(folder, "recipe.json"), json(recipe));
  await writeFile(path.join(folder, "errata.json"), json(REQUEST));
  await writeFile(path.join(folder, DIGEST_FILE), digest);
}
