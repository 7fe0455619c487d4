/** Side of a signature: a grid of mean grey values (hash.ts). */
const SIDE = 16;
/** Side of a corner, in cells of the grid: a quarter of the image's. */
const CORNER = 4;

/** Mean grey values of parts of an image in which a background, a stamp or a ruler shows, 0..1. */
export interface Places {
  /** The outermost ring of cells, a sixteenth of the side wide. */
  border: number;
  "top left": number;
  "top right": number;
  "bottom left": number;
  "bottom right": number;
}

/** @param signature [16, 16] mean grey values, 0..255 */
export function placesOf(signature: Uint8Array): Places {
  const mean = (inside: (y: number, x: number) => boolean): number => {
    let sum = 0;
    let cells = 0;
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++)
        if (inside(y, x)) {
          sum += signature[y * SIDE + x] ?? 0;
          cells++;
        }
    return sum / (255 * cells);
  };
  const far = SIDE - CORNER;
  return {
    border: mean((y, x) => y === 0 || x === 0 || y === SIDE - 1 || x === SIDE - 1),
    "top left": mean((y, x) => y < CORNER && x < CORNER),
    "top right": mean((y, x) => y < CORNER && x >= far),
    "bottom left": mean((y, x) => y >= far && x < CORNER),
    "bottom right": mean((y, x) => y >= far && x >= far),
  };
}
