import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { bytesOf, rowsOf } from "./alter.ts";
import { maskOf } from "./masks.ts";
import type { Setting } from "./types.ts";

const FOLDERS = ["images", "masks"] as const;
const PARTS = ["train", "test"] as const;

/**
 * What a user with masks has on disk: `train|test/images/<n>.png`, masks of the same names in `masks/` with class indices for grey
 * values, an `errata.json` that says the task, and a recipe. File names say nothing of what was planted, and end in the row's
 * number as those of images with labels do (`rowOf`).
 */
export async function placeMasks({ data, recipe }: Setting, folder: string): Promise<{ data: string; recipe: string }> {
  const home = join(folder, "data");
  await rm(home, { recursive: true, force: true });
  for (const part of PARTS) for (const name of FOLDERS) await mkdir(join(home, part, name), { recursive: true });
  const { height, width, channels } = data.shape;
  const size = bytesOf(data);
  const write = (values: Uint8Array, of: 1 | 3, file: string) =>
    sharp(values, { raw: { height, width, channels: of } })
      .toColourspace(of === 1 ? "b-w" : "srgb")
      .png({ compressionLevel: 1 })
      .toFile(file);
  for (const row of rowsOf(data, ...PARTS)) {
    const file = (name: (typeof FOLDERS)[number]) =>
      join(home, data.parts[row], name, `${String(row).padStart(5, "0")}.png`);
    await write(data.pixels.subarray(row * size, (row + 1) * size), channels, file("images"));
    await write(maskOf(data, row), 1, file("masks"));
  }
  const request = {
    schema: "errata/request@1",
    task: "segmentation",
    data: { path: ".", masks: { classes: data.classes } },
  };
  const paths = { data: home, recipe: join(folder, "recipe.json") };
  await writeFile(join(home, "errata.json"), JSON.stringify(request, null, 2));
  await writeFile(paths.recipe, JSON.stringify(recipe, null, 2));
  return paths;
}
