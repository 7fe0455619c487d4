import { axesOf, toOwn, toWorld } from "./frame.ts";
import type { Crossing, Part, Ray, Scene, Vector } from "./types.ts";

/** The nearest thing a ray meets. */
export interface Meeting extends Crossing {
  /** Index of the object; -1 the table, -2 the room beyond it. */
  object: number;
  part: Part | undefined;
}

export interface World {
  /** Finds the nearest thing; `crossed[i]` becomes 1 for every object that the ray meets, hidden or not. */
  meet(ray: Ray, meeting: Meeting, crossed: Uint8Array): void;
  /** Whether an object stands between the ray's origin and the light. */
  shaded(ray: Ray): boolean;
  /** How much of the open sky the objects take from a place, 0 none..1 all. */
  crowding(x: number, y: number, z: number, nx: number, ny: number, nz: number): number;
  /** The place in the frame of the object (-1: the table's), written into `place`. */
  local(object: number, x: number, y: number, z: number, place: Float64Array): void;
}

interface Placed {
  axes: Float64Array;
  position: Vector;
  parts: { part: Part; centre: Vector; radius: number }[];
}

const newRay = (): Ray => ({ x: 0, y: 0, z: 0, dx: 0, dy: 0, dz: 0 });

/** Whether the ray's line passes the sphere in front of its origin. */
function passes(ray: Ray, centre: Vector, radius: number): boolean {
  const x = centre[0] - ray.x;
  const y = centre[1] - ray.y;
  const z = centre[2] - ray.z;
  const along = x * ray.dx + y * ray.dy + z * ray.dz;
  const squared = x * x + y * y + z * z;
  if (along < 0 && squared > radius * radius) return false;
  return squared - along * along < radius * radius;
}

export function buildWorld(scene: Scene): World {
  const placed: Placed[] = scene.objects.map((object) => {
    const axes = axesOf(object);
    const parts = object.parts.map((part) => ({
      part,
      centre: toWorld(axes, object.position, part.shape.centre),
      radius: part.shape.radius,
    }));
    return { axes, position: object.position, parts };
  });
  const own = newRay();
  const probe: Crossing = { distance: 0, nx: 0, ny: 0, nz: 0 };
  const tableSquared = scene.table.radius * scene.table.radius;

  function meetTable(ray: Ray, meeting: Meeting): void {
    meeting.object = -2;
    meeting.part = undefined;
    meeting.distance = Infinity;
    if (ray.dy >= 0) return;
    const distance = -ray.y / ray.dy;
    const x = ray.x + distance * ray.dx;
    const z = ray.z + distance * ray.dz;
    if (x * x + z * z > tableSquared) return;
    meeting.object = -1;
    meeting.distance = distance;
    meeting.nx = 0;
    meeting.ny = 1;
    meeting.nz = 0;
  }

  return {
    meet(ray, meeting, crossed) {
      meetTable(ray, meeting);
      for (let index = 0; index < placed.length; index++) {
        const { axes, position, parts } = placed[index];
        crossed[index] = 0;
        let turned = false;
        probe.distance = Infinity;
        let met: Part | undefined;
        for (const { part, centre, radius } of parts) {
          if (!passes(ray, centre, radius)) continue;
          if (!turned) toOwn(axes, position, ray, own);
          turned = true;
          if (part.shape.cross(own, probe)) met = part;
        }
        if (!met) continue;
        crossed[index] = 1;
        if (probe.distance >= meeting.distance) continue;
        meeting.object = index;
        meeting.part = met;
        meeting.distance = probe.distance;
        const { nx, ny, nz } = probe;
        meeting.nx = nx * axes[0] + ny * axes[3] + nz * axes[6];
        meeting.ny = nx * axes[1] + ny * axes[4] + nz * axes[7];
        meeting.nz = nx * axes[2] + ny * axes[5] + nz * axes[8];
      }
    },
    shaded(ray) {
      for (const { axes, position, parts } of placed) {
        let turned = false;
        for (const { part, centre, radius } of parts) {
          if (!passes(ray, centre, radius)) continue;
          if (!turned) toOwn(axes, position, ray, own);
          turned = true;
          probe.distance = Infinity;
          if (part.shape.cross(own, probe)) return true;
        }
      }
      return false;
    },
    crowding(x, y, z, nx, ny, nz) {
      let taken = 0;
      for (const { parts } of placed) {
        const { centre, radius } = parts[0];
        const ox = centre[0] - x;
        const oy = centre[1] - y;
        const oz = centre[2] - z;
        const squared = ox * ox + oy * oy + oz * oz;
        const facing = (ox * nx + oy * ny + oz * nz) / Math.sqrt(squared);
        // The form factor of a sphere seen from a plane is (radius / distance)^2 cos; objects fill about 2/3 of their sphere.
        if (facing > 0) taken += (0.66 * radius * radius * facing) / Math.max(squared, radius * radius);
      }
      return Math.min(taken, 1);
    },
    local(object, x, y, z, place) {
      place[0] = x;
      place[1] = y;
      place[2] = z;
      if (object < 0) return;
      const { axes, position } = placed[object];
      const ox = x - position[0];
      const oy = y - position[1];
      const oz = z - position[2];
      for (let axis = 0; axis < 3; axis++) {
        place[axis] = ox * axes[3 * axis] + oy * axes[3 * axis + 1] + oz * axes[3 * axis + 2];
      }
    },
  };
}
