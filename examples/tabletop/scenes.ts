import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "csv-stringify/sync";
import sharp from "sharp";
import { InputError } from "../../src/errors.ts";
import { deriveSeed, random } from "../../src/random.ts";
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
const DIGEST_FILE = "tabletop.json";
const OWN_FILES = ["train", "test", "manifest.csv", "errata.json", "recipe.json", DIGEST_FILE];

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
  onProgress: (done: number, of: number) => void = () => {},
): Promise<TabletopWritten> {
  const { trainViews, train = 480, test = 400, size = 32, seed = 7 } = options;
  checkRange(folder, "train", train, 2, 100_000);
  checkRange(folder, "test", test, 2, 100_000);
  checkRange(folder, "size", size, 16, 256);
  const request = path.join(folder, "errata.json");
  const images = train + test;
  const settings = JSON.stringify({ edition: EDITION, trainViews, train, test, size, seed, recipe, request: REQUEST });
  const digest = createHash("sha256").update(settings).digest("hex");

  const found = await readDigest(folder);
  if (found === digest && (await complete(folder, images))) return { request, images, drawn: false };
  await clear(folder, found !== undefined);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, DIGEST_FILE), "{}\n");

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
      onProgress(rows.length, images);
    }
  }
  await writeFile(path.join(folder, "manifest.csv"), stringify(rows, { header: true }));
  await writeFile(
    path.join(folder, "recipe.json"),
    json({ ...recipe, input: { ...recipe.input, size: [size, size] } }),
  );
  await writeFile(request, json(REQUEST));
  await writeFile(path.join(folder, DIGEST_FILE), json({ digest }));
  return { request, images, drawn: true };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function checkRange(folder: string, field: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new InputError({
    file: folder,
    field,
    problem: `${value} cannot be used.`,
    remedy: `Give a whole number from ${low} to ${high}.`,
  });
}

/** The digest of the dataset in the folder; "" for an unfinished one; undefined where there is none. */
async function readDigest(folder: string): Promise<string | undefined> {
  const text = await readFile(path.join(folder, DIGEST_FILE), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return String(JSON.parse(text).digest ?? "");
  } catch {
    return "";
  }
}

/** Whether all that the digest stands for is still there. */
async function complete(folder: string, images: number): Promise<boolean> {
  const isThere = (name: string) =>
    stat(path.join(folder, name)).then(
      () => true,
      () => false,
    );
  const files = await Promise.all(["manifest.csv", "errata.json", "recipe.json"].map(isThere));
  if (!files.every(Boolean)) return false;
  const folders = ["train", "test"].flatMap((split) => CLASSES.map((label) => path.join(folder, split, label)));
  const counts = await Promise.all(
    folders.map((each) =>
      readdir(each).then(
        (names) => names.length,
        () => 0,
      ),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0) === images;
}

/** Takes away what an earlier call wrote. A folder with something else in it is left alone. */
async function clear(folder: string, ours: boolean): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (!ours && names.length > 0)
    throw new InputError({
      file: folder,
      problem: "There are files that this example did not write.",
      remedy: "Give an empty folder.",
    });
  for (const name of OWN_FILES) await rm(path.join(folder, name), { recursive: true, force: true });
}
