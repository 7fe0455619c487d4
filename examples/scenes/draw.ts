import { lens } from "./frame.ts";
import { clamp, hash } from "./numbers.ts";
import { shader } from "./shade.ts";
import type { Drawing, Mask, Ray, Scene } from "./types.ts";
import { buildWorld, type Meeting } from "./world.ts";

/** Linear light as a byte: a shoulder that keeps highlights from clipping, then a gamma of 2. */
function develop(light: number, grain: number): number {
  const rolled = light < 0.6 ? light : 0.6 + (0.4 * (light - 0.6)) / (light - 0.6 + 0.4);
  return Math.floor(clamp(Math.sqrt(rolled) + grain, 0, 1) * 255 + 0.5);
}

/** Draws a scene: ray traced, the same scene to the same bytes on every machine. About 2 ms for 32 x 32 pixels. */
export function drawScene(scene: Scene): Drawing {
  const { size, samples = 3, grain = 0.01 } = scene;
  if (!(Number.isInteger(size) && size >= 1))
    throw new RangeError(`size: ${size} is not a whole number of pixels above 0.`);
  if (!(Number.isInteger(samples) && samples >= 1 && samples <= 15))
    throw new RangeError(`samples: ${samples} is not in 1..15.`);
  const count = samples * samples;
  const world = buildWorld(scene);
  const aim = lens(scene.camera);
  const shade = shader(scene, world, samples);
  const ray: Ray = { x: 0, y: 0, z: 0, dx: 0, dy: 0, dz: 0 };
  const meeting: Meeting = { object: -2, part: undefined, distance: 0, nx: 0, ny: 0, nz: 0 };
  const crossed = new Uint8Array(scene.objects.length);
  const colour = new Float64Array(3);
  const sum = new Float64Array(3);
  const pixels = new Uint8Array(size * size * 3);
  const masks: Mask[] = scene.objects.map(({ name }) => ({
    name,
    visible: new Uint8Array(size * size),
    full: new Uint8Array(size * size),
    occlusion: 0,
  }));

  const full = masks.map((mask) => mask.full);
  const visible = masks.map((mask) => mask.visible);

  for (let pixel = 0; pixel < size * size; pixel++) {
    const column = pixel % size;
    const row = (pixel - column) / size;
    sum.fill(0);
    for (let sample = 0; sample < count; sample++) {
      const across = column + ((sample % samples) + 0.5) / samples;
      const down = row + (Math.floor(sample / samples) + 0.5) / samples;
      aim((2 * across) / size - 1, (2 * down) / size - 1, ray);
      world.meet(ray, meeting, crossed);
      for (let i = 0; i < full.length; i++) if (crossed[i] === 1) full[i][pixel]++;
      if (meeting.object >= 0) visible[meeting.object][pixel]++;
      shade(ray, meeting, sample, colour);
      for (let channel = 0; channel < 3; channel++) sum[channel] += colour[channel];
    }
    for (let channel = 0; channel < 3; channel++) {
      const noise = grain * (2 * hash(3 * column + channel, row, scene.seed) - 1);
      pixels[3 * pixel + channel] = develop(sum[channel] / count, noise);
    }
  }
  for (const mask of masks) mask.occlusion = occlusionOf(mask);
  return { size, pixels, samplesPerPixel: count, masks };
}

function occlusionOf({ visible, full }: Mask): number {
  const total = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0);
  const all = total(full);
  return all === 0 ? 0 : 1 - total(visible) / all;
}

/**
 * One class index a pixel, `[size, size]`, for segmentation: the class of the object with most of the pixel's samples, 0 where
 * none has more than the background. `classOf` answers an object's class by its name; 0 counts it as background.
 */
export function classMask(drawing: Drawing, classOf: (name: string) => number): Uint8Array {
  const { size, samplesPerPixel, masks } = drawing;
  const classes = masks.map((mask) => classOf(mask.name));
  const result = new Uint8Array(size * size);
  for (let pixel = 0; pixel < result.length; pixel++) {
    const held = new Map<number, number>([[0, samplesPerPixel]]);
    for (let i = 0; i < masks.length; i++) {
      if (classes[i] === 0) continue;
      const seen = masks[i].visible[pixel];
      held.set(classes[i], (held.get(classes[i]) ?? 0) + seen);
      held.set(0, held.get(0)! - seen);
    }
    for (const [index, seen] of held) if (seen > held.get(result[pixel])!) result[pixel] = index;
  }
  return result;
}
