import type { Random } from "../../src/random.ts";
import { box } from "../scenes/box.ts";
import { lathe, rounded } from "../scenes/lathe.ts";
import { cosine, sine } from "../scenes/numbers.ts";
import type { Colour, Light, Material, Room, SceneObject, Table } from "../scenes/types.ts";
import { between, CLOTHS, GLAZES, pick, varied, WALLS, WOODS } from "./palette.ts";

export function tableTop(random: Random): Table {
  const radius = between(random, 34, 46);
  const kind = random.int(4);
  if (kind < 2) {
    const [light, dark] = pick(random, WOODS);
    const pattern = { kind: "wood", colour: varied(random, dark), period: between(random, 2, 4) } as const;
    return { radius, material: { colour: varied(random, light), pattern, gloss: between(random, 0.2, 0.6) } };
  }
  const [ground, thread] = pick(random, CLOTHS);
  const period = between(random, 3, 6);
  const colour = varied(random, thread);
  const pattern =
    kind === 2
      ? ({ kind: "checks", colour, period } as const)
      : ({ kind: "stripes", colour, period, width: period * 0.3 } as const);
  return { radius, material: { colour: varied(random, ground), pattern, gloss: 0.05 } };
}

/** A window or a lamp in front, to one side: the light belongs to the room, so the camera meets it when it walks round. */
export function lamp(random: Random): Light {
  const warmth = between(random, -0.06, 0.1);
  return {
    azimuth: between(random, -60, 60),
    elevation: between(random, 28, 55),
    intensity: between(random, 0.7, 1.3),
    colour: [0.8 + warmth, 0.78, 0.76 - warmth],
    softness: between(random, 3, 8),
    ambient: between(random, 0.18, 0.3),
  };
}

/** A room whose front wall, the one behind the camera at azimuth 0, has the window and is the brightest. */
export function room(random: Random): Room {
  const wall = (brightness = 1): Colour => {
    const [red, green, blue] = varied(random, pick(random, WALLS));
    return [brightness * red, brightness * green, brightness * blue];
  };
  const floor = varied(random, [0.16, 0.12, 0.09], 0.4);
  return { walls: [wall(between(random, 1.3, 1.9)), wall(), wall(), wall()], floor };
}

/** The low wooden board that a mug or a plate stands on, `height` centimetres high. */
export function board(random: Random, height: number): SceneObject {
  const [light, dark] = pick(random, WOODS);
  const pattern = { kind: "wood", colour: dark, period: between(random, 1, 2) } as const;
  const material: Material = { colour: varied(random, light), pattern, gloss: 0.3 };
  const size = [between(random, 10, 13), height, between(random, 8, 11)] as const;
  return {
    name: "board",
    parts: [{ shape: box(size), material }],
    position: [0, 0, 0],
    yaw: between(random, -8, 8),
    lean: 0,
  };
}

/** A carton or a fruit of about `size` centimetres at a place on the table. */
export function bystander(random: Random, size: number, x: number, z: number): SceneObject {
  const material = { colour: varied(random, pick(random, GLAZES), 0.3), gloss: between(random, 0, 0.5) };
  const carton = random.int(2) === 0;
  const r = size / 2;
  const shape = carton
    ? box([size * between(random, 0.6, 1), size * between(random, 0.8, 1.4), size * between(random, 0.4, 1)])
    : lathe(
        rounded(
          [
            [0, 0],
            [r * 0.6, 0.02 * r],
            [r, r * 0.5],
            [r, r * 1.3],
            [r * 0.5, r * 1.8],
            [0, r * 1.7],
          ],
          2,
        ),
      );
  return {
    name: carton ? "carton" : "fruit",
    parts: [{ shape, material }],
    position: [x, 0, z],
    yaw: 360 * random.float(),
    lean: 0,
  };
}

/** Something that stands between the camera, at `azimuth` degrees, and the middle of the table, off to one side. */
export function occluder(random: Random, azimuth: number): SceneObject {
  const away = between(random, 12, 15);
  const aside = between(random, 2.5, 6) * (random.int(2) === 0 ? -1 : 1);
  const x = away * sine(azimuth) + aside * cosine(azimuth);
  const z = away * cosine(azimuth) - aside * sine(azimuth);
  return bystander(random, between(random, 4, 6.5), x, z);
}

/** One or two things that stand about, clear of the middle of the table. */
export function bystanders(random: Random): SceneObject[] {
  return Array.from({ length: random.int(3) }, () => {
    const azimuth = 360 * random.float();
    const away = between(random, 17, 26);
    return bystander(random, between(random, 3.5, 8), away * sine(azimuth), away * cosine(azimuth));
  });
}
