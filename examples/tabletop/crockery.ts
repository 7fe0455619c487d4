import type { Random } from "../../src/random.ts";
import { axesOf, toWorld } from "../scenes/frame.ts";
import { lathe, type ProfilePoint, rounded } from "../scenes/lathe.ts";
import { cosine, sine } from "../scenes/numbers.ts";
import { tube } from "../scenes/tube.ts";
import type { Material, Part, Pattern, SceneObject, Vector } from "../scenes/types.ts";
import { between, GLAZES, pick, varied, WOODS } from "./palette.ts";

/** Something to photograph: the object, and the sphere that the camera frames (centimetres). */
export interface Subject {
  object: SceneObject;
  middle: Vector;
  reach: number;
  /** What holds it up. */
  props: SceneObject[];
}

const glaze = (random: Random): Material => ({
  colour: varied(random, pick(random, GLAZES)),
  gloss: between(random, 0.6, 1),
});

function mugPattern(random: Random, height: number, radius: number): Pattern | undefined {
  const { colour } = glaze(random);
  const kind = random.int(5);
  if (kind === 0)
    return {
      kind: "bands",
      along: "height",
      colour,
      from: height * between(random, 0.1, 0.3),
      to: height * between(random, 0.45, 0.9),
    };
  if (kind === 1) return { kind: "dots", colour, period: between(random, 2, 3), radius: between(random, 0.7, 1) };
  if (kind === 2) return { kind: "print", colour, centre: [0, height / 2, radius], radius: between(random, 1.6, 2.6) };
  if (kind === 3) return { kind: "speckle", colour, period: 0.4, amount: 0.12 };
  return undefined;
}

/** Half a ring, drawn out to `out` centimetres, from the upper to the lower root on the wall. */
function handleLine(wall: number, low: number, high: number, out: number): Vector[] {
  return Array.from({ length: 13 }, (_, i) => {
    const angle = 90 - 15 * i;
    return [wall + out * cosine(angle), (low + high) / 2 + ((high - low) / 2) * sine(angle), 0] as const;
  });
}

/** A mug on the table's middle, its handle to the right (+x) as seen from the front. */
export function mug(random: Random, base: number): Subject {
  const height = between(random, 7.5, 11);
  const top = height * between(random, 0.36, 0.48);
  const foot = top * between(random, 0.72, 1);
  const belly = ((top + foot) / 2) * between(random, 0.97, 1.4);
  const wall = 0.38;
  const outside: ProfilePoint[] = [
    [0, 0],
    [foot - 0.3, 0],
    [foot, 0.3],
    [belly, height * 0.3],
    [belly, height * 0.65],
    [top, height - 0.25],
  ];
  const inside: ProfilePoint[] = [
    [top - wall / 2, height],
    [top - wall, height - 0.25],
    [belly - wall, height * 0.65],
    [belly - wall, height * 0.3],
    [foot - wall, 1.1],
    [foot - wall - 0.6, 0.6],
    [0, 0.6],
  ];
  const body = glaze(random);
  const lining = random.int(2) === 0 ? body : { colour: GLAZES[0], gloss: 0.8 };
  const pattern = mugPattern(random, height, belly);
  const out = between(random, 2.2, 3.4);
  const line = handleLine(
    belly - 0.35,
    height * between(random, 0.16, 0.26),
    height * between(random, 0.72, 0.84),
    out,
  );
  const parts: Part[] = [
    { shape: lathe(rounded(outside)), material: { ...body, pattern } },
    { shape: lathe(rounded([[top, height - 0.25], ...inside])), material: lining },
    { shape: tube(line, between(random, 0.9, 1.4)), material: body },
  ];
  if (random.int(3) === 0) {
    const level = height * between(random, 0.6, 0.85);
    const disc: ProfilePoint[] = [
      [0, level],
      [Math.min(belly, top) - wall, level],
    ];
    parts.push({ shape: lathe(disc), material: { colour: [0.07, 0.03, 0.015], gloss: 0.9 } });
  }
  return {
    object: { name: "mug", parts, position: [0, base, 0], yaw: between(random, -8, 8), lean: 0 },
    middle: [0, base + height / 2, 0],
    reach: 1.06 * Math.sqrt((height / 2) * (height / 2) + belly * belly),
    props: [],
  };
}

function platePattern(random: Random, radius: number, well: number): Pattern | undefined {
  const { colour } = glaze(random);
  const kind = random.int(4);
  if (kind === 0) return { kind: "bands", along: "radius", colour, from: radius * 0.88, to: radius * 2 };
  if (kind === 1) return { kind: "bands", along: "radius", colour, from: well, to: radius * between(random, 0.8, 2) };
  if (kind === 2) return { kind: "bands", along: "radius", colour, from: 0, to: well * between(random, 0.3, 0.9) };
  return random.int(2) === 0 ? { kind: "speckle", colour, period: 0.5, amount: 0.1 } : undefined;
}

/** A plate standing on its rim on the table's middle, its face to the front (+z), leaning back on a stand. */
export function plate(random: Random, base: number): Subject {
  const radius = between(random, 7, 10);
  const depth = radius * between(random, 0.1, 0.17);
  const well = radius * between(random, 0.58, 0.74);
  const back: ProfilePoint[] = [
    [0, 0.3],
    [well * 0.8, 0.3],
    [well * 0.82, 0],
    [well * 0.92, 0],
    [well, 0.35],
    [radius * 0.97, depth - 0.1],
    [radius, depth],
  ];
  const face: ProfilePoint[] = [
    [radius, depth],
    [radius * 0.97, depth + 0.2],
    [well, 0.95],
    [well * 0.88, 0.7],
    [0, 0.7],
  ];
  const body = glaze(random);
  const parts: Part[] = [
    { shape: lathe(rounded(face)), material: { ...body, pattern: platePattern(random, radius, well) } },
    { shape: lathe(rounded(back)), material: body },
  ];
  const lean = between(random, 54, 76);
  const yaw = between(random, -8, 8);
  const rise = base + radius * sine(lean);
  const object: SceneObject = { name: "plate", parts, position: [0, rise, 0], yaw, lean };
  return { object, middle: [0, rise, 0], reach: radius, props: [stand(random, object, radius)] };
}

/** Two wooden legs behind a leaning plate, from its back to the table. */
function stand(random: Random, plate: SceneObject, radius: number): SceneObject {
  const top = toWorld(axesOf(plate), plate.position, [0, 0.1, -0.3 * radius]);
  const slant = between(random, 0.35, 0.55) * top[1];
  const legs = [-1, 1].map((side) => {
    const foot: Vector = [top[0] + side * 0.35 * radius, 0.3, top[2] - slant];
    return tube([top, foot], 0.9);
  });
  const material: Material = { colour: pick(random, WOODS)[0], gloss: 0.2 };
  return { name: "stand", parts: legs.map((shape) => ({ shape, material })), position: [0, 0, 0], yaw: 0, lean: 0 };
}
