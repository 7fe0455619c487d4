import { deriveSeed, type Random, random } from "../../src/random.ts";
import { drawScene } from "../scenes/draw.ts";
import { sine } from "../scenes/numbers.ts";
import type { Drawing, Scene } from "../scenes/types.ts";
import { mug, plate } from "./crockery.ts";
import { between } from "./palette.ts";
import { board, bystanders, lamp, occluder, room, tableTop } from "./setting.ts";

export const CLASSES = ["mug", "plate"] as const;
export type TabletopClass = (typeof CLASSES)[number];

/** Half the range of azimuths that counts as the front, degrees either side of 0. */
export const FRONT_DEGREES = 30;

export type Viewpoints = "front" | "all";

export interface View {
  label: TabletopClass;
  /** Where the camera stands, degrees in [0, 360): 0 in front, 90 to the right (a mug's handle points at it), 180 behind. */
  azimuth: number;
  /** Degrees above the table. */
  elevation: number;
}

/** A view of one class: all round, or from the front only. */
export function chooseView(chance: Random, label: TabletopClass, views: Viewpoints): View {
  const half = views === "front" ? FRONT_DEGREES : 180;
  // Tenths of a degree, as the manifest says them.
  const azimuth = (Math.round(10 * between(chance, -half, half)) + 3600) % 3600;
  return { label, azimuth: azimuth / 10, elevation: Math.round(10 * between(chance, 8, 38)) / 10 };
}

/** More of the subject than this is never hidden. */
const MOST_HIDDEN = 0.4;
const BOARD_CENTIMETRES = 1.1;

/**
 * The scene of a view, `size` pixels wide: the subject is its first object, everything else in it is drawn by chance from the
 * seed. One scene in five has something in front of the subject, unless `occluders` is false.
 */
export function tabletopScene(view: View, size: number, seed: number, occluders = true): Scene {
  const chance = (what: string) => random(deriveSeed(seed, "tabletop", what));
  const subject = (view.label === "mug" ? mug : plate)(chance("subject"), BOARD_CENTIMETRES);
  const camera = chance("camera");
  const fieldOfView = between(camera, 26, 34);
  const fill = between(camera, 0.76, 0.9);
  const shift = () => between(camera, -0.08, 0.08) * subject.reach;
  const light = lamp(chance("light"));
  const front = chance("occluder");
  const objects = [
    subject.object,
    ...subject.props,
    board(chance("board"), BOARD_CENTIMETRES),
    ...bystanders(chance("bystanders")),
  ];
  if (occluders && front.int(5) === 0) objects.push(occluder(front, view.azimuth));
  return {
    size,
    camera: {
      target: [subject.middle[0] + shift(), subject.middle[1] + shift(), subject.middle[2] + shift()],
      azimuth: view.azimuth,
      elevation: view.elevation,
      distance: subject.reach / (fill * sine(fieldOfView / 2)),
      roll: between(camera, -4, 4),
      fieldOfView,
    },
    light,
    table: tableTop(chance("table")),
    room: room(chance("room")),
    objects,
    seed,
  };
}

/** Draws a view; where the occluder hides too much, it is taken away. The subject's mask is the first. */
export function drawView(view: View, size: number, seed: number): { scene: Scene; drawing: Drawing } {
  const scene = tabletopScene(view, size, seed);
  const drawing = drawScene(scene);
  if (drawing.masks[0].occlusion <= MOST_HIDDEN) return { scene, drawing };
  const open = tabletopScene(view, size, seed, false);
  return { scene: open, drawing: drawScene(open) };
}
