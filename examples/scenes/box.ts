import type { Shape } from "./types.ts";

const NEAREST_CENTIMETRES = 1e-4;

/** A box standing on its object's origin, `size` centimetres wide (x), high (y), deep (z). */
export function box(size: readonly [width: number, height: number, depth: number]): Shape {
  const [width, height, depth] = size;
  const low = [-width / 2, 0, -depth / 2];
  const high = [width / 2, height, depth / 2];
  return {
    centre: [0, height / 2, 0],
    radius: Math.sqrt(width * width + height * height + depth * depth) / 2,
    cross(ray, nearest) {
      let enter = -Infinity;
      let leave = Infinity;
      let face = 0;
      for (let axis = 0; axis < 3; axis++) {
        const start = axis === 0 ? ray.x : axis === 1 ? ray.y : ray.z;
        const speed = axis === 0 ? ray.dx : axis === 1 ? ray.dy : ray.dz;
        if (speed === 0) {
          if (start < low[axis] || start > high[axis]) return false;
          continue;
        }
        const first = (low[axis] - start) / speed;
        const second = (high[axis] - start) / speed;
        const near = Math.min(first, second);
        const far = Math.max(first, second);
        if (near > enter) {
          enter = near;
          face = axis;
        }
        if (far < leave) leave = far;
      }
      if (enter > leave || enter <= NEAREST_CENTIMETRES || enter >= nearest.distance) return false;
      nearest.distance = enter;
      nearest.nx = face === 0 ? (ray.dx > 0 ? -1 : 1) : 0;
      nearest.ny = face === 1 ? (ray.dy > 0 ? -1 : 1) : 0;
      nearest.nz = face === 2 ? (ray.dz > 0 ? -1 : 1) : 0;
      return true;
    },
  };
}
