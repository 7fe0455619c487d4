/** Polygons to pixels. */

/** What is wrong with a polygon, in words for the user. */
export class PolygonProblem extends Error {}

/** Crossings of edges and rows in one polygon: what an outline drawn by hand or by a program on a large photo comes to, many times over. */
const MOST_CROSSINGS = 4_000_000;

/**
 * Calls `fill` for each stretch of pixels whose centres lie inside a polygon (even-odd rule): columns `[from, to)` of `row`. What
 * lies out of the image is cut off. Pixel (0, 0) reaches from 0 to 1 in both directions.
 *
 * @param points x and y in turns, pixels
 * @throws PolygonProblem for fewer than three points, an odd number of values, values that are no numbers, or an outline without end
 */
export function forPolygon(
  points: readonly number[],
  height: number,
  width: number,
  fill: (row: number, from: number, to: number) => void,
): void {
  if (points.length < 6 || points.length % 2 === 1)
    throw new PolygonProblem(`A polygon has ${points.length} values: it takes x and y of three points or more.`);
  for (const value of points)
    if (typeof value !== "number" || !Number.isFinite(value))
      throw new PolygonProblem(`A polygon has the value ${JSON.stringify(value)} where a number is expected.`);
  const crossings = new Map<number, number[]>();
  let total = 0;
  for (let i = 0; i < points.length; i += 2) {
    const next = (i + 2) % points.length;
    const [x0, y0, x1, y1] =
      points[i + 1] <= points[next + 1]
        ? [points[i], points[i + 1], points[next], points[next + 1]]
        : [points[next], points[next + 1], points[i], points[i + 1]];
    // Rows whose centre lies in [y0, y1): a shared end counts for one of its two edges.
    const first = Math.max(0, Math.ceil(y0 - 0.5));
    const end = Math.min(height, Math.ceil(y1 - 0.5));
    if (end <= first) continue;
    total += end - first;
    if (total > MOST_CROSSINGS)
      throw new PolygonProblem(`A polygon of ${points.length / 2} points goes up and down too often.`);
    const slope = (x1 - x0) / (y1 - y0);
    for (let row = first; row < end; row++) {
      const x = x0 + (row + 0.5 - y0) * slope;
      const list = crossings.get(row);
      if (list) list.push(x);
      else crossings.set(row, [x]);
    }
  }
  for (const [row, list] of crossings) {
    list.sort((a, b) => a - b);
    for (let i = 0; i + 1 < list.length; i += 2) {
      const from = Math.max(0, Math.ceil(list[i] - 0.5));
      const to = Math.min(width, Math.ceil(list[i + 1] - 0.5));
      if (to > from) fill(row, from, to);
    }
  }
}
