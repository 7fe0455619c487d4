import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import sharp from "sharp";
import { bytesOf, rowsOf } from "./alter.ts";
import type { Setting } from "./types.ts";

/** What a user has on disk: a manifest with its images, and a recipe. File names say nothing of what was planted. */
export async function placeSetting(
  { data, recipe }: Setting,
  folder: string,
): Promise<{ data: string; recipe: string }> {
  const images = join(folder, "data");
  await rm(images, { recursive: true, force: true });
  await mkdir(join(images, "images"), { recursive: true });
  const { height, width, channels } = data.shape;
  const size = bytesOf(data);
  const rows = rowsOf(data, "train", "test");
  for (const row of rows)
    await sharp(data.pixels.subarray(row * size, (row + 1) * size), { raw: { height, width, channels } })
      .png({ compressionLevel: 1 })
      .toFile(join(images, fileOf(row)));
  const table = rows.map((row) => ({
    file: fileOf(row),
    label: data.classes[data.labels[row]],
    split: data.parts[row],
    ...Object.fromEntries(Object.entries(data.columns).map(([name, values]) => [name, values[row]])),
  }));
  const paths = { data: join(images, "manifest.csv"), recipe: join(folder, "recipe.json") };
  await writeFile(paths.data, stringify(table, { header: true }));
  await writeFile(paths.recipe, JSON.stringify(recipe, null, 2));
  return paths;
}

const fileOf = (row: number): string => `images/${String(row).padStart(5, "0")}.png`;

/** The dataset's row that a file of the report is. */
export const rowOf = (file: string): number => Number(/(\d+)\.png$/.exec(file)?.[1] ?? Number.NaN);
