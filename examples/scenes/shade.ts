import { towards } from "./frame.ts";
import { paint } from "./material.ts";
import { smoothstep } from "./numbers.ts";
import type { Ray, Scene, Vector } from "./types.ts";
import type { Meeting, World } from "./world.ts";

const LIFT_CENTIMETRES = 0.02;
/** Below this gloss nothing is mirrored. */
const DULL = 0.1;

/** The 64th power, by squaring. */
function sixtyFourth(value: number): number {
  const fourth = value * value * value * value;
  const sixteenth = fourth * fourth * fourth * fourth;
  return sixteenth * sixteenth * sixteenth * sixteenth;
}

/** The room in a direction (linear light): walls that blend into one another, the floor below, a glow where the light stands. */
function roomLight(scene: Scene, sun: Vector, dx: number, dy: number, dz: number, colour: Float64Array): void {
  const { walls, floor } = scene.room;
  const front = dz > 0 ? dz * dz : 0;
  const behind = dz < 0 ? dz * dz : 0;
  const right = dx > 0 ? dx * dx : 0;
  const left = dx < 0 ? dx * dx : 0;
  const sum = front + behind + right + left + 1e-9;
  const height = smoothstep(-0.32, -0.22, dy);
  const rising = 0.75 + 0.25 * smoothstep(-0.3, 0.8, dy);
  const near = Math.max(0, dx * sun[0] + dy * sun[1] + dz * sun[2]);
  const glow = smoothstep(0.86, 0.97, near) * scene.light.intensity;
  for (let channel = 0; channel < 3; channel++) {
    const wall =
      (walls[0][channel] * front + walls[1][channel] * right + walls[2][channel] * behind + walls[3][channel] * left) /
      sum;
    const base = floor[channel] + height * (wall * rising - floor[channel]);
    colour[channel] = base * scene.light.intensity + glow * scene.light.colour[channel];
  }
}

/** Answers a function that writes the light (linear) coming back along a ray from what it met. `slot` of `slots` picks the part of the light's face. */
export function shader(
  scene: Scene,
  world: World,
  slots: number,
): (ray: Ray, meeting: Meeting, slot: number, colour: Float64Array) => void {
  const { light } = scene;
  const middle = towards(light.azimuth, light.elevation);
  const suns = Array.from({ length: slots * slots }, (_, slot) => {
    const across = (((slot % slots) + 0.5) / slots) * 2 - 1;
    const up = ((Math.floor(slot / slots) + 0.5) / slots) * 2 - 1;
    return towards(light.azimuth + across * light.softness, light.elevation + up * light.softness);
  });
  const albedo = new Float64Array(3);
  const mirrored = new Float64Array(3);
  const place = new Float64Array(3);
  const probe: Ray = { x: 0, y: 0, z: 0, dx: 0, dy: 0, dz: 0 };

  return (ray, meeting, slot, colour) => {
    if (meeting.object === -2) {
      roomLight(scene, middle, ray.dx, ray.dy, ray.dz, colour);
      return;
    }
    const { distance, nx, ny, nz } = meeting;
    const x = ray.x + distance * ray.dx;
    const y = ray.y + distance * ray.dy;
    const z = ray.z + distance * ray.dz;
    const material = meeting.part?.material ?? scene.table.material;
    world.local(meeting.object, x, y, z, place);
    paint(material, place[0], place[1], place[2], scene.seed, albedo);

    const sun = suns[slot];
    let direct = nx * sun[0] + ny * sun[1] + nz * sun[2];
    if (direct > 0) {
      probe.x = x + LIFT_CENTIMETRES * nx;
      probe.y = y + LIFT_CENTIMETRES * ny;
      probe.z = z + LIFT_CENTIMETRES * nz;
      probe.dx = sun[0];
      probe.dy = sun[1];
      probe.dz = sun[2];
      if (world.shaded(probe)) direct = 0;
    } else direct = 0;

    const crowding = meeting.object === -1 ? world.crowding(x, y, z, nx, ny, nz) : 0.25 * (1 - ny);
    const ambient = light.ambient * (1 - 0.85 * crowding) * (0.7 + 0.3 * ny);

    const facing = -(nx * ray.dx + ny * ray.dy + nz * ray.dz);
    const grazing = 1 - Math.max(0, facing);
    const fourth = grazing * grazing * grazing * grazing;
    // Schlick 1994, with 4 % at normal incidence, as glaze and varnish have.
    const mirror = material.gloss * (0.04 + 0.96 * fourth * grazing) * (1 - 0.6 * crowding) * 0.7;
    let glint = 0;
    mirrored.fill(0);
    if (material.gloss > DULL) {
      const rx = ray.dx + 2 * facing * nx;
      const ry = ray.dy + 2 * facing * ny;
      const rz = ray.dz + 2 * facing * nz;
      roomLight(scene, middle, rx, ry, rz, mirrored);
      const along = rx * sun[0] + ry * sun[1] + rz * sun[2];
      if (direct > 0 && along > 0.9) glint = 0.7 * material.gloss * light.intensity * sixtyFourth(along);
    }

    for (let channel = 0; channel < 3; channel++) {
      const falling = light.intensity * (ambient + direct * light.colour[channel]);
      colour[channel] =
        albedo[channel] * falling * (1 - mirror) + mirror * mirrored[channel] + glint * light.colour[channel];
    }
  };
}
