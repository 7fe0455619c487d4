import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "csv-stringify/sync";
import sharp from "sharp";
import { InputError } from "../../src/errors.ts";
import { deriveSeed, random } from "../../src/random.ts";
import { drawOnce, type OnDrawn, writeJson } from "../folder.ts";
import recipe from "./recipe.json" with { type: "json" };
import { CLASSES, chooseView, drawView, type Viewpoints } from "./views.ts";

export interface TabletopOptions {
  /** What training sees: the front only, azimuths within 30 degrees of 0, or all round. The test set is always seen from all round. */
  trainViews: Viewpoints;
  /** Number of training images; default 480. */
  train?: number;
  /** Number of test images; default 400. */
  test?: number;
  /** Width and height of the images, 16..256 pixels; default 32. */
  size?: number;
  /** Default 7. The test images do not depend on `trainViews`. */
  seed?: number;
}

export interface TabletopWritten {
  /** The audit request, to be given to `errata audit`. */
  request: string;
  /** Number of images. */
  images: number;
  /** False where the same dataset was there already. */
  drawn: boolean;
}

/** Goes up when a drawing changes, so that older folders are drawn again. */
const EDITION = 1;
const FILES = ["manifest.csv", "errata.json", "recipe.json"];

const REQUEST = {
  schema: "errata/request@1",
  task: "classification",
  data: { path: "manifest.csv", format: "csv" },
  subject: { recipe: "recipe.json" },
  effort: "quick",
  seed: 7,
};

/**
 * Writes the article's first example into `folder`: `train|test/<class>/<number>.png`, `manifest.csv` (file, label, split, azimuth
 * and elevation in degrees, occlusion as the fraction of the subject hidden, light as intensity), `recipe.json` and, last but
 * for the digest, `errata.json`. Where the same dataset is complete already nothing is written; half of one is drawn again.
 */
export async function writeTabletop(
  folder: string,
  options: TabletopOptions,
  onDrawn: OnDrawn = () => {},
): Promise<TabletopWritten> {
  const { trainViews, train = 480, test = 400, size = 32, seed = 7 } = options;
  checkRange(folder, "train", train, 2, 100_000);
  checkRange(folder, "test", test, 2, 100_000);
  checkRange(folder, "size", size, 16, 256);
  const request = path.join(folder, "errata.json");
  const images = train + test;
  const example = {
    digestFile: "tabletop.json",
    settings: { edition: EDITION, trainViews, train, test, size, seed, recipe, request: REQUEST },
    own: ["train", "test", ...FILES],
    files: FILES,
    images: {
      folders: ["train", "test"].flatMap((split) => CLASSES.map((label) => `${split}/${label}`)),
      count: images,
    },
  };
  const drawn = await drawOnce(folder, example, () =>
    drawTabletop(folder, { trainViews, train, test, size, seed }, onDrawn),
  );
  return { request, images, drawn };
}

async function drawTabletop(
  folder: string,
  { trainViews, train, test, size, seed }: Required<TabletopOptions>,
  onDrawn: OnDrawn,
): Promise<void> {
  const rows: Record<string, string | number>[] = [];
  for (const [split, count, views] of [["train", train, trainViews] as const, ["test", test, "all"] as const]) {
    for (const label of CLASSES) await mkdir(path.join(folder, split, label), { recursive: true });
    for (let index = 0; index < count; index++) {
      const own = deriveSeed(seed, "tabletop", split, index);
      const view = chooseView(random(deriveSeed(own, "view")), CLASSES[index % CLASSES.length], views);
      const { scene, drawing } = drawView(view, size, own);
      const file = `${split}/${view.label}/${String(index).padStart(5, "0")}.png`;
      await sharp(drawing.pixels, { raw: { width: size, height: size, channels: 3 } })
        .png()
        .toFile(path.join(folder, file));
      const occlusion = drawing.masks[0].occlusion.toFixed(3);
      rows.push({
        file,
        label: view.label,
        split,
        azimuth: view.azimuth,
        elevation: view.elevation,
        occlusion,
        light: scene.light.intensity.toFixed(3),
      });
      onDrawn(rows.length, train + test);
    }
  }
  await writeFile(path.join(folder, "manifest.csv"), stringify(rows, { header: true }));
  await writeJson(path.join(folder, "recipe.json"), { ...recipe, input: { ...recipe.input, size: [size, size] } });
  await writeJson(path.join(folder, "errata.json"), REQUEST);
}

function checkRange(folder: string, field: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new InputError({
    file: folder,
    field,
    problem: `${value} cannot be used.`,
    remedy: `Give a whole number from ${low} to ${high}.`,
  });
}
