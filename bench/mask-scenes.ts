/** Scenes of discs, their true masks and what a model makes of them: some objects missed, shifted or taken for another class. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { random } from "../src/random.ts";
import type { Mask } from "../src/stats/mask.ts";
import { saidMask } from "../src/stats/mask-row.ts";
import type { Bench } from "./types.ts";

export const CLASSES = 3;
const OBJECTS = 40;

/** How sure the model is outside all objects. */
const ELSEWHERE = { background: 0.96, other: 0.02 };

export interface Scene {
  truth: Mask;
  /** [side, side, CLASSES]; the model is less sure at outlines. */
  probabilities: Float32Array;
}

export function drawScene(seed: number, side: number): Scene {
  const chance = random(seed);
  const values = new Uint8Array(side * side);
  const probabilities = new Float32Array(side * side * CLASSES).fill(ELSEWHERE.other);
  for (let p = 0; p < probabilities.length; p += CLASSES) probabilities[p] = ELSEWHERE.background;
  for (let object = 0; object < OBJECTS; object++) {
    const radius = side * (0.01 + 0.04 * chance.float());
    const [x, y] = [side * chance.float(), side * chance.float()];
    const given = 1 + chance.int(CLASSES - 1);
    const fate = chance.float();
    const said = fate < 0.05 ? 0 : fate < 0.1 ? CLASSES - given : given;
    const shift = 3 * chance.float();
    const reach = Math.ceil(radius + shift);
    for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(side, y + reach); row++)
      for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(side, x + reach); column++) {
        const pixel = row * side + column;
        if (Math.hypot(column - x, row - y) < radius) values[pixel] = given;
        const inside = radius - Math.hypot(column - x - shift, row - y);
        if (inside < 0) continue;
        const sure = Math.min(0.97, 0.5 + 0.1 * inside);
        for (let k = 0; k < CLASSES; k++)
          probabilities[CLASSES * pixel + k] = k === said ? sure : (1 - sure) / (CLASSES - 1);
      }
  }
  return { truth: { values, height: side, width: side }, probabilities };
}

/** Grey levels of the classes in the picture: the objects can be seen. */
const LEVELS = [60, 130, 200];

/** Scenes on disk: `data/images/<number>.jpg`, `data/masks/<number>.png`, and `predicted/<number>.png` of class indices. */
export async function sceneFolder({ scratch, say }: Bench, images: number, side: number): Promise<string> {
  const folder = join(scratch, `scenes-${side}-${images}`);
  if (existsSync(folder)) return folder;
  say(`Drawing ${images} scenes of ${side} x ${side} with their masks`);
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  for (const part of ["data/images", "data/masks", "predicted"]) mkdirSync(join(making, part), { recursive: true });
  for (let k = 1; k <= images; k++) {
    const scene = drawScene(k, side);
    const { values } = scene.truth;
    const grain = random(images + k);
    const picture = values.map((value) => LEVELS[value] + grain.int(24));
    const raw = { width: side, height: side, channels: 1 as const };
    await sharp(picture, { raw })
      .jpeg({ quality: 90 })
      .toFile(join(making, "data/images", `${k}.jpg`));
    await sharp(values, { raw })
      .png()
      .toFile(join(making, "data/masks", `${k}.png`));
    await sharp(saidMask(scene.probabilities, scene.truth, CLASSES).values, { raw })
      .png()
      .toFile(join(making, "predicted", `${k}.png`));
  }
  renameSync(making, folder);
  return folder;
}
