import type { Crossing, Ray, Shape } from "./types.ts";

/** A point of a profile: distance from the upright axis, and height, centimetres. */
export type ProfilePoint = readonly [radius: number, height: number];

const NEAREST_CENTIMETRES = 1e-4;
/** Room for rounding when a piece is passed over, centimetres or their square. */
const SLACK = 1e-6;

/** Cuts the corners of a profile (Chaikin 1974): each `rounds` halves how sharp they are. The ends stay. */
export function rounded(profile: readonly ProfilePoint[], rounds = 1): ProfilePoint[] {
  let points = [...profile];
  for (let round = 0; round < rounds; round++) {
    const cut: ProfilePoint[] = [points[0]];
    for (let i = 0; i + 1 < points.length; i++) {
      const [r0, y0] = points[i];
      const [r1, y1] = points[i + 1];
      if (i > 0) cut.push([0.75 * r0 + 0.25 * r1, 0.75 * y0 + 0.25 * y1]);
      if (i + 2 < points.length) cut.push([0.25 * r0 + 0.75 * r1, 0.25 * y0 + 0.75 * y1]);
    }
    cut.push(points[points.length - 1]);
    points = cut;
  }
  return points;
}

/** Unit normals of the profile at its points: the mean of the two neighbouring pieces' normals, as (outwards, upwards). */
function normals(profile: readonly ProfilePoint[]): Float64Array {
  const result = new Float64Array(2 * profile.length);
  for (let i = 0; i < profile.length; i++) {
    for (const start of [i - 1, i]) {
      if (start < 0 || start + 1 >= profile.length) continue;
      const along = profile[start + 1][0] - profile[start][0];
      const up = profile[start + 1][1] - profile[start][1];
      const length = Math.sqrt(along * along + up * up);
      if (length === 0) continue;
      result[2 * i] += up / length;
      result[2 * i + 1] -= along / length;
    }
    const length = Math.sqrt(result[2 * i] * result[2 * i] + result[2 * i + 1] * result[2 * i + 1]);
    if (length === 0) continue;
    result[2 * i] /= length;
    result[2 * i + 1] /= length;
  }
  return result;
}

/** A surface of revolution about the y axis: a chain of cone frusta with normals blended along the profile. */
export function lathe(profile: readonly ProfilePoint[]): Shape {
  const pieces = profile.length - 1;
  const radii = Float64Array.from(profile, (point) => point[0]);
  const heights = Float64Array.from(profile, (point) => point[1]);
  const slopes = new Float64Array(pieces);
  const leaning = normals(profile);
  const [bottoms, tops, inners, outers] = [0, 1, 2, 3].map(() => new Float64Array(pieces));
  for (let i = 0; i < pieces; i++) {
    slopes[i] = (radii[i + 1] - radii[i]) / (heights[i + 1] - heights[i]);
    bottoms[i] = Math.min(heights[i], heights[i + 1]);
    tops[i] = Math.max(heights[i], heights[i + 1]);
    inners[i] = Math.min(radii[i], radii[i + 1]) * Math.min(radii[i], radii[i + 1]);
    outers[i] = Math.max(radii[i], radii[i + 1]) * Math.max(radii[i], radii[i + 1]);
  }

  const low = Math.min(...heights);
  const high = Math.max(...heights);
  const middle = (low + high) / 2;
  const widest = Math.max(...radii);
  const radius = Math.sqrt(widest * widest + (high - middle) * (high - middle));

  function touch(ray: Ray, nearest: Crossing, i: number, distance: number): boolean {
    if (!(distance > NEAREST_CENTIMETRES && distance < nearest.distance)) return false;
    const height = ray.y + distance * ray.dy;
    const x = ray.x + distance * ray.dx;
    const z = ray.z + distance * ray.dz;
    const out = Math.sqrt(x * x + z * z);
    const level = Math.abs(heights[i + 1] - heights[i]) < 1e-9;
    const share = level
      ? (out - radii[i]) / (radii[i + 1] - radii[i])
      : (height - heights[i]) / (heights[i + 1] - heights[i]);
    if (!(share >= 0 && share <= 1)) return false;
    // The other half of a double cone has the mirrored radius.
    if (!level && radii[i] + share * (radii[i + 1] - radii[i]) < 0) return false;
    const outwards = leaning[2 * i] * (1 - share) + leaning[2 * i + 2] * share;
    const upwards = leaning[2 * i + 1] * (1 - share) + leaning[2 * i + 3] * share;
    // On the axis there is no outwards.
    const onAxis = out < 1e-9;
    const length = onAxis ? Math.abs(upwards) : Math.sqrt(outwards * outwards + upwards * upwards);
    if (length === 0) return false;
    const scale = onAxis ? 0 : outwards / length / out;
    const nx = x * scale;
    const ny = upwards / length;
    const nz = z * scale;
    const side = nx * ray.dx + ny * ray.dy + nz * ray.dz > 0 ? -1 : 1;
    nearest.distance = distance;
    nearest.nx = nx * side;
    nearest.ny = ny * side;
    nearest.nz = nz * side;
    return true;
  }

  return {
    centre: [0, middle, 0],
    radius,
    cross(ray, nearest) {
      const flat = ray.dx * ray.dx + ray.dz * ray.dz;
      const inward = ray.x * ray.dx + ray.z * ray.dz;
      const aside = ray.x * ray.x + ray.z * ray.z;
      // The stretch of the ray inside the can that holds the surface, and the heights and radii it passes there.
      const around = inward * inward - flat * (aside - widest * widest);
      if (around < 0) return false;
      const reachAround = Math.sqrt(around);
      const floorAt = (low - ray.y) / ray.dy;
      const roofAt = (high - ray.y) / ray.dy;
      const enter = Math.max((-inward - reachAround) / flat, Math.min(floorAt, roofAt), 0);
      const leave = Math.min((-inward + reachAround) / flat, Math.max(floorAt, roofAt), nearest.distance);
      if (enter > leave) return false;
      const closest = Math.min(Math.max(-inward / flat, enter), leave);
      const inner = aside + closest * (2 * inward + closest * flat) - SLACK;
      const outerFirst = aside + enter * (2 * inward + enter * flat);
      const outerLast = aside + leave * (2 * inward + leave * flat);
      const outer = Math.max(outerFirst, outerLast) + SLACK;
      const start = ray.y + enter * ray.dy;
      const end = ray.y + leave * ray.dy;
      const lower = Math.min(start, end) - SLACK;
      const upper = Math.max(start, end) + SLACK;

      let found = false;
      for (let i = 0; i < pieces; i++) {
        if (tops[i] < lower || bottoms[i] > upper || outers[i] < inner || inners[i] > outer) continue;
        if (Math.abs(heights[i + 1] - heights[i]) < 1e-9) {
          if (touch(ray, nearest, i, (heights[i] - ray.y) / ray.dy)) found = true;
          continue;
        }
        // x^2 + z^2 = (base + slope y)^2 along the ray
        const slope = slopes[i];
        const size = radii[i] + slope * (ray.y - heights[i]);
        const a = flat - slope * slope * ray.dy * ray.dy;
        const b = inward - slope * ray.dy * size;
        const c = aside - size * size;
        const root = b * b - a * c;
        if (root < 0) continue;
        const reach = Math.sqrt(root);
        if (touch(ray, nearest, i, (-b - reach) / a)) found = true;
        if (touch(ray, nearest, i, (-b + reach) / a)) found = true;
      }
      return found;
    },
  };
}
