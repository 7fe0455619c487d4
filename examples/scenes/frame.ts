import { cosine, sine } from "./numbers.ts";
import type { Camera, Ray, SceneObject, Vector } from "./types.ts";

/** The unit vector towards a place on the sphere: azimuth 0 is +z, 90 is +x; elevation in degrees above the table. */
export function towards(azimuth: number, elevation: number): Vector {
  const level = cosine(elevation);
  return [level * sine(azimuth), sine(elevation), level * cosine(azimuth)];
}

/** The three axes of an object's own frame in the world's, row after row (9 numbers). */
export function axesOf(object: Pick<SceneObject, "yaw" | "lean">): Float64Array {
  const [cosYaw, sinYaw] = [cosine(object.yaw), sine(object.yaw)];
  const [cosLean, sinLean] = [cosine(object.lean), sine(object.lean)];
  return Float64Array.of(
    ...[cosYaw, 0, -sinYaw],
    ...[sinLean * sinYaw, cosLean, sinLean * cosYaw],
    ...[cosLean * sinYaw, -sinLean, cosLean * cosYaw],
  );
}

/** A place in an object's own frame, in the world's. */
export function toWorld(axes: Float64Array, position: Vector, [x, y, z]: Vector): Vector {
  return [
    position[0] + x * axes[0] + y * axes[3] + z * axes[6],
    position[1] + x * axes[1] + y * axes[4] + z * axes[7],
    position[2] + x * axes[2] + y * axes[5] + z * axes[8],
  ];
}

/** Writes the ray, as the object sees it, into `own`. Distances stay what they are. */
export function toOwn(axes: Float64Array, position: Vector, ray: Ray, own: Ray): void {
  const x = ray.x - position[0];
  const y = ray.y - position[1];
  const z = ray.z - position[2];
  own.x = x * axes[0] + y * axes[1] + z * axes[2];
  own.y = x * axes[3] + y * axes[4] + z * axes[5];
  own.z = x * axes[6] + y * axes[7] + z * axes[8];
  own.dx = ray.dx * axes[0] + ray.dy * axes[1] + ray.dz * axes[2];
  own.dy = ray.dx * axes[3] + ray.dy * axes[4] + ray.dz * axes[5];
  own.dz = ray.dx * axes[6] + ray.dy * axes[7] + ray.dz * axes[8];
}

/** Answers a function that aims a ray through a place of the image: -1..1 from left to right and from top to bottom. */
export function lens(camera: Camera): (across: number, down: number, ray: Ray) => void {
  const out = towards(camera.azimuth, camera.elevation);
  const origin = out.map((part, axis) => camera.target[axis] + camera.distance * part);
  const level: Vector = [cosine(camera.azimuth), 0, -sine(camera.azimuth)];
  const upright: Vector = [out[1] * level[2], out[2] * level[0] - out[0] * level[2], -out[1] * level[0]];
  const [cosRoll, sinRoll] = [cosine(camera.roll), sine(camera.roll)];
  const right = level.map((part, axis) => cosRoll * part + sinRoll * upright[axis]);
  const up = upright.map((part, axis) => cosRoll * part - sinRoll * level[axis]);
  const reach = sine(camera.fieldOfView / 2) / cosine(camera.fieldOfView / 2);
  return (across, down, ray) => {
    const x = across * reach;
    const y = -down * reach;
    const dx = x * right[0] + y * up[0] - out[0];
    const dy = x * right[1] + y * up[1] - out[1];
    const dz = x * right[2] + y * up[2] - out[2];
    const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
    ray.x = origin[0];
    ray.y = origin[1];
    ray.z = origin[2];
    ray.dx = dx / length;
    ray.dy = dy / length;
    ray.dz = dz / length;
  };
}
