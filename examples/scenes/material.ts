import { hash, noise, smoothstep } from "./numbers.ts";
import type { Material, Pattern } from "./types.ts";

/** How far a place is from the middle of its cell, in a grid of cells `period` wide. */
const offCentre = (place: number, period: number): number => place - period * (Math.floor(place / period) + 0.5);

/** How much of the pattern's colour shows at a place in the object's own frame, 0..1. */
function cover(pattern: Pattern, x: number, y: number, z: number, seed: number): number {
  switch (pattern.kind) {
    case "bands": {
      const place = pattern.along === "height" ? y : Math.sqrt(x * x + z * z);
      return place > pattern.from && place < pattern.to ? 1 : 0;
    }
    case "dots": {
      const dx = offCentre(x, pattern.period);
      const dy = offCentre(y, pattern.period);
      const dz = offCentre(z, pattern.period);
      return dx * dx + dy * dy + dz * dz < pattern.radius * pattern.radius ? 1 : 0;
    }
    case "print": {
      const dx = x - pattern.centre[0];
      const dy = y - pattern.centre[1];
      const dz = z - pattern.centre[2];
      return dx * dx + dy * dy + dz * dz < pattern.radius * pattern.radius ? 1 : 0;
    }
    case "speckle": {
      const cell = Math.floor(y / pattern.period);
      const draw = hash(Math.floor(x / pattern.period), Math.floor(z / pattern.period) + 7919 * cell, seed);
      return draw < pattern.amount ? 1 : 0;
    }
    case "stripes":
      return x - pattern.period * Math.floor(x / pattern.period) < pattern.width ? 1 : 0;
    case "checks":
      return (Math.floor(x / pattern.period) + Math.floor(z / pattern.period)) & 1;
    case "wood": {
      const bend = 1.6 * noise(x * 0.05, z * 0.09, seed) + 0.5 * noise(x * 0.15, z * 0.4, seed + 1);
      const ring = z / pattern.period + bend;
      const share = ring - Math.floor(ring);
      return (
        0.75 * smoothstep(0, 0.8, share) * (1 - smoothstep(0.8, 1, share)) + 0.25 * noise(x * 0.3, z * 9, seed + 2)
      );
    }
  }
}

/** Writes the material's colour at a place in the object's own frame (linear light) into `colour`. */
export function paint(material: Material, x: number, y: number, z: number, seed: number, colour: Float64Array): void {
  const { pattern } = material;
  const share = pattern ? cover(pattern, x, y, z, seed) : 0;
  for (let channel = 0; channel < 3; channel++) {
    const base = material.colour[channel];
    colour[channel] = pattern ? base + share * (pattern.colour[channel] - base) : base;
  }
}
