import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { box } from "../../examples/scenes/box.ts";
import { classMask, drawScene } from "../../examples/scenes/draw.ts";
import { axesOf, toOwn, toWorld, towards } from "../../examples/scenes/frame.ts";
import { lathe, rounded } from "../../examples/scenes/lathe.ts";
import { cosine, hash, noise, sine } from "../../examples/scenes/numbers.ts";
import { tube } from "../../examples/scenes/tube.ts";
import type { Crossing, Ray, Scene, SceneObject, Shape } from "../../examples/scenes/types.ts";
import { CLASSES, drawView, tabletopScene } from "../../examples/tabletop/views.ts";

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

/** What the shape answers to a ray from `from` along `to`. */
function look(shape: Shape, from: number[], to: number[]): Crossing | undefined {
  const length = Math.hypot(...to);
  const [dx, dy, dz] = to.map((part) => part / length);
  const nearest: Crossing = { distance: Infinity, nx: 0, ny: 0, nz: 0 };
  return shape.cross({ x: from[0], y: from[1], z: from[2], dx, dy, dz }, nearest) ? nearest : undefined;
}

const cube = (name: string, z: number, width = 6): SceneObject => ({
  name,
  parts: [{ shape: box([width, 6, 1]), material: { colour: [0.5, 0.1, 0.1], gloss: 0 } }],
  position: [0, 0, z],
  yaw: 0,
  lean: 0,
});

const still = (objects: SceneObject[]): Scene => ({
  ...tabletopScene({ label: "mug", azimuth: 0, elevation: 10 }, 32, 1, false),
  camera: { target: [0, 3, 0], azimuth: 0, elevation: 5, distance: 40, roll: 0, fieldOfView: 30 },
  objects,
});

describe("numbers", () => {
  it("agree with the engine's sine and cosine", () => {
    fc.assert(
      fc.property(fc.double({ min: -2000, max: 2000, noNaN: true }), (degrees) => {
        expect(sine(degrees)).toBeCloseTo(Math.sin((degrees * Math.PI) / 180), 9);
        expect(cosine(degrees)).toBeCloseTo(Math.cos((degrees * Math.PI) / 180), 9);
      }),
    );
  });

  it("keep noise within 0..1, and the same for the same place", () => {
    const place = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(place, place, fc.integer(), (x, y, seed) => {
        expect(noise(x, y, seed)).toBe(noise(x, y, seed));
        expect(noise(x, y, seed)).toBeGreaterThanOrEqual(0);
        expect(noise(x, y, seed)).toBeLessThanOrEqual(1);
      }),
    );
    expect([hash(1, 2, 3), hash(-5, 7, 11)]).toMatchInlineSnapshot(`
      [
        0.3797727196943015,
        0.2822169535793364,
      ]
    `);
  });
});

describe("shapes", () => {
  const can = lathe([
    [0, 0],
    [2, 0],
    [2, 5],
    [0, 5],
  ]);

  it("meet a ray where geometry says", () => {
    expect(look(can, [10, 2.5, 0], [-1, 0, 0])?.distance).toBeCloseTo(8, 9);
    expect(look(can, [0.5, 9, 0.5], [0, -1, 0])?.distance).toBeCloseTo(4, 9);
    expect(look(can, [10, 2.5, 2.01], [-1, 0, 0])).toBeUndefined();
    expect(look(box([2, 2, 2]), [0, 1, 7], [0, 0, -1])).toMatchObject({ distance: 6, nx: 0, ny: 0, nz: 1 });
    const rod = tube(
      [
        [-3, 0, 0],
        [3, 0, 0],
      ],
      2,
    );
    expect(look(rod, [1, 5, 0], [0, -1, 0])?.distance).toBeCloseTo(4, 9);
    expect(look(rod, [9, 0, 0], [-1, 0, 0])?.distance).toBeCloseTo(5, 9);
  });

  it("answer unit normals turned to the viewer, at places inside the bounding sphere", () => {
    const shapes = [
      can,
      lathe(
        rounded(
          [
            [0, 0],
            [3, 1],
            [1, 4],
            [2, 6],
          ],
          2,
        ),
      ),
      box([1, 2, 3]),
      tube(
        [
          [0, 0, 0],
          [1, 2, 0],
          [0, 3, 1],
        ],
        0.7,
      ),
    ];
    const part = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...shapes),
        fc.tuple(part, part, part),
        fc.tuple(part, part, part),
        (shape, out, aim) => {
          const from = out.map((value) => 20 * (value < 0 ? value - 1 : value + 1));
          const to = from.map((value, axis) => 3 * aim[axis] + 2 - value);
          const met = look(shape, from, to);
          if (!met) return;
          const length = Math.hypot(...to);
          const place = from.map((value, axis) => value + (met.distance * to[axis]) / length - shape.centre[axis]);
          expect(Math.hypot(...place)).toBeLessThan(shape.radius + 1e-6);
          expect(Math.hypot(met.nx, met.ny, met.nz)).toBeCloseTo(1, 6);
          expect(met.nx * to[0] + met.ny * to[1] + met.nz * to[2]).toBeLessThanOrEqual(1e-9);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("stand where their object is moved, turned and leaned", () => {
    const axes = axesOf({ yaw: 90, lean: 90 });
    const [x, y, z] = toWorld(axes, [10, 0, 0], [0, 1, 0]);
    expect([x, y, z].map((value) => Math.round(value))).toEqual([11, 0, 0]);
    const own: Ray = { x: 0, y: 0, z: 0, dx: 0, dy: 0, dz: 0 };
    toOwn(axes, [10, 0, 0], { x, y, z, dx: 1, dy: 0, dz: 0 }, own);
    expect([own.x, own.y, own.z, own.dy].map((value) => Math.round(value) + 0)).toEqual([0, 1, 0, 1]);
    expect(towards(90, 0)[0]).toBeCloseTo(1, 9);
  });
});

describe("drawing", () => {
  it("gives the same bytes on every machine", () => {
    const digests = CLASSES.map((label) =>
      digest(drawView({ label, azimuth: 75, elevation: 20 }, 48, 7).drawing.pixels),
    );
    expect(digests).toMatchInlineSnapshot(`
      [
        "68a822d6f8c70732",
        "dca8a8df5ed03348",
      ]
    `);
  });

  it("measures what hides an object", () => {
    const { masks } = drawScene(still([cube("far", -4), cube("near", 4, 3)]));
    expect(masks[1].occlusion).toBe(0);
    expect(masks[0].occlusion).toBeGreaterThan(0.4);
    expect(masks[0].occlusion).toBeLessThan(0.75);
    expect(drawScene(still([cube("far", -4)])).masks[0].occlusion).toBe(0);
    expect(drawScene(still([cube("behind the camera", 90)])).masks[0].occlusion).toBe(0);
  });

  it("makes one class index a pixel", () => {
    const drawing = drawScene(still([cube("far", -4), cube("near", 4, 3), cube("beside", 0, 20)]));
    const mask = classMask(drawing, (name) => ["", "far", "near"].indexOf(name) * +(name !== "beside"));
    expect([...new Set(mask)].sort()).toEqual([0, 2]);
    expect(mask[16 * 32 + 16]).toBe(2);
  });

  it("answers masks within bounds for any view, the hidden fraction true to them", () => {
    const view = fc.record({
      label: fc.constantFrom(...CLASSES),
      azimuth: fc.double({ min: 0, max: 359.9, noNaN: true }),
      elevation: fc.double({ min: 0, max: 90, noNaN: true }),
    });
    fc.assert(
      fc.property(
        view,
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        fc.integer({ min: 8, max: 24 }),
        (where, seed, size) => {
          const { drawing } = drawView(where, size, seed);
          expect(drawing.pixels).toHaveLength(size * size * 3);
          expect(drawing.masks[0].name).toBe(where.label);
          for (const { visible, full, occlusion } of drawing.masks) {
            let [seen, all] = [0, 0];
            for (let i = 0; i < full.length; i++) {
              if (visible[i] > full[i] || full[i] > drawing.samplesPerPixel) throw new Error(`pixel ${i}`);
              seen += visible[i];
              all += full[i];
            }
            expect(occlusion).toBe(all === 0 ? 0 : 1 - seen / all);
          }
          expect(drawing.masks[0].full.some((count) => count === drawing.samplesPerPixel)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("refuses sizes that are none", () => {
    expect(() => drawScene({ ...still([]), size: 0 })).toThrow(/size/);
    expect(() => drawScene({ ...still([]), samples: 2.5 })).toThrow(/samples/);
  });

  it("takes milliseconds for a small image", () => {
    const began = performance.now();
    for (let i = 0; i < 60; i++) drawView({ label: CLASSES[i % 2], azimuth: 6 * i, elevation: 20 }, 32, i);
    const milliseconds = (performance.now() - began) / 60;
    console.log(`drawing 32 x 32 pixels: ${milliseconds.toFixed(1)} ms an image`);
    expect(milliseconds).toBeLessThan(500);
  });
});
