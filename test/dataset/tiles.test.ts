import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileOf, nameOfTile, tileOfImage, tileOfMask, tilesOf } from "../../src/dataset/masks/tiles.ts";

describe("tiles", () => {
  it("cover every pixel of an image, lie inside of it, and are as large as asked or as the image is", () => {
    const side = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 40 }), (height, width, size) => {
        const covered = new Uint8Array(height * width);
        const tiles = tilesOf({ height, width }, size);
        for (const { left, top, ...tile } of tiles) {
          expect([tile.height, tile.width]).toEqual([Math.min(size, height), Math.min(size, width)]);
          expect(left >= 0 && top >= 0 && left + tile.width <= width && top + tile.height <= height).toBe(true);
          for (let y = top; y < top + tile.height; y++)
            covered.fill(1, y * width + left, y * width + left + tile.width);
        }
        expect(covered.includes(0)).toBe(false);
        expect(tiles).toHaveLength(
          Math.ceil(height / Math.min(size, height)) * Math.ceil(width / Math.min(size, width)),
        );
      }),
    );
  });

  it("are named by their place, from which the file is told, whatever it is called", () => {
    const [, second] = tilesOf({ height: 8, width: 12 }, 8);
    const file = nameOfTile("a#xywh=1,2,3,4.png", second);
    expect(file).toBe("a#xywh=1,2,3,4.png#xywh=4,0,8,8");
    expect(fileOf({ file, tile: second })).toBe("a#xywh=1,2,3,4.png");
    expect(fileOf({ file: "a#xywh=1,2,3,4.png" })).toBe("a#xywh=1,2,3,4.png");
  });

  it("hold the image's pixels and its mask's at their place", () => {
    const [height, width] = [5, 7];
    const values = Uint8Array.from({ length: height * width }, (_, i) => i);
    const pixels = Uint8Array.from({ length: 3 * height * width }, (_, i) => i);
    for (const tile of tilesOf({ height, width }, 3)) {
      const mask = tileOfMask({ values, height, width }, tile);
      const image = tileOfImage({ pixels, height, width, channels: 3 }, tile);
      for (let y = 0; y < 3; y++)
        for (let x = 0; x < 3; x++) {
          const at = (tile.top + y) * width + tile.left + x;
          expect(mask.values[y * 3 + x]).toBe(at);
          expect([...image.pixels.slice(3 * (y * 3 + x), 3 * (y * 3 + x) + 3)]).toEqual([
            3 * at,
            3 * at + 1,
            3 * at + 2,
          ]);
        }
    }
  });
});
