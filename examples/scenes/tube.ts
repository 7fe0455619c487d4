import type { Crossing, Ray, Shape, Vector } from "./types.ts";

const NEAREST_CENTIMETRES = 1e-4;

/** A round tube along a line of points: a chain of capsules. */
export function tube(line: readonly Vector[], thickness: number): Shape {
  const pieces = line.length - 1;
  const points = Float64Array.from(line.flat());
  const half = thickness / 2;
  const centre = [0, 1, 2].map((axis) => {
    const places = line.map((point) => point[axis]);
    return (Math.min(...places) + Math.max(...places)) / 2;
  }) as unknown as Vector;
  const reaches = line.map((point) => {
    const [x, y, z] = point.map((place, axis) => place - centre[axis]);
    return x * x + y * y + z * z;
  });

  /** Distance along the ray to the capsule of piece `i` (Ericson, Real-Time Collision Detection, 5.3.7), or Infinity. */
  function reach(ray: Ray, i: number): number {
    const ax = points[3 * i];
    const ay = points[3 * i + 1];
    const az = points[3 * i + 2];
    const bx = points[3 * i + 3] - ax;
    const by = points[3 * i + 4] - ay;
    const bz = points[3 * i + 5] - az;
    const mx = ray.x - ax;
    const my = ray.y - ay;
    const mz = ray.z - az;
    const bb = bx * bx + by * by + bz * bz;
    const bd = bx * ray.dx + by * ray.dy + bz * ray.dz;
    const bm = bx * mx + by * my + bz * mz;
    const md = mx * ray.dx + my * ray.dy + mz * ray.dz;
    const mm = mx * mx + my * my + mz * mz;
    const a = bb - bd * bd;
    const b = bb * md - bm * bd;
    const c = bb * mm - bm * bm - half * half * bb;
    const root = b * b - a * c;
    if (root < 0) return Infinity;
    const distance = (-b - Math.sqrt(root)) / a;
    const along = bm + distance * bd;
    if (along > 0 && along < bb) return distance;
    // The round cap at the nearer end.
    const end = along <= 0 ? 0 : 1;
    const cx = mx - end * bx;
    const cy = my - end * by;
    const cz = mz - end * bz;
    const cd = cx * ray.dx + cy * ray.dy + cz * ray.dz;
    const cap = cd * cd - (cx * cx + cy * cy + cz * cz - half * half);
    return cap < 0 ? Infinity : -cd - Math.sqrt(cap);
  }

  function record(ray: Ray, nearest: Crossing, i: number, distance: number): void {
    const ax = points[3 * i];
    const ay = points[3 * i + 1];
    const az = points[3 * i + 2];
    const bx = points[3 * i + 3] - ax;
    const by = points[3 * i + 4] - ay;
    const bz = points[3 * i + 5] - az;
    const x = ray.x + distance * ray.dx - ax;
    const y = ray.y + distance * ray.dy - ay;
    const z = ray.z + distance * ray.dz - az;
    const share = Math.min(1, Math.max(0, (x * bx + y * by + z * bz) / (bx * bx + by * by + bz * bz)));
    const nx = x - share * bx;
    const ny = y - share * by;
    const nz = z - share * bz;
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
    nearest.distance = distance;
    nearest.nx = nx / length;
    nearest.ny = ny / length;
    nearest.nz = nz / length;
  }

  return {
    centre,
    radius: Math.sqrt(Math.max(...reaches)) + half,
    cross(ray, nearest) {
      let best = -1;
      let distance = nearest.distance;
      for (let i = 0; i < pieces; i++) {
        const found = reach(ray, i);
        if (found > NEAREST_CENTIMETRES && found < distance) {
          best = i;
          distance = found;
        }
      }
      if (best < 0) return false;
      record(ray, nearest, best, distance);
      return true;
    },
  };
}
