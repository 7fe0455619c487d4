import { quantile } from "../stats/intervals.ts";
import type { Measures, View } from "./view.ts";

/** An image that is bad as an image, measured against its own class: digits of one stroke are dark and not bad. */
export interface Bad {
  row: number;
  /** Deviations from the class' middle. */
  deviations: number;
  says: string;
}

/** One way in which an image can be bad: a value of it, too far off on one side. */
interface Sign {
  value(measures: Measures, row: number): number;
  side: 1 | -1;
  /** Deviations beyond which an image is odd. */
  odd: number;
  /** What the value has to reach besides, whatever the others are like. */
  least?: number;
  says: string;
}

/** Deviations farther than the tails of clean classes reach, which are longer than normal ones. */
const ODD = 8;
/**
 * Variance of the Laplacian over that of the grey values themselves: 20 for white noise (the kernel's squares: 16 and four times 1),
 * far less for pictures, which change slowly. From here on half of what is seen is noise.
 */
const HALF_NOISE = 10;
/** Lengths of tails differ: some are measured as logarithms. */
const SIGNS: Sign[] = [
  { value: ({ sharpness }, row) => log(sharpness[row]), side: -1, odd: ODD, says: "blurred" },
  { value: ({ sharpness }, row) => log(sharpness[row]), side: 1, odd: ODD, says: "noisy" },
  {
    value: ({ sharpness, contrast }, row) => log(sharpness[row]) - 2 * log(255 * contrast[row]),
    side: 1,
    odd: 3,
    least: Math.log(HALF_NOISE),
    says: "noisy",
  },
  { value: ({ contrast }, row) => log(contrast[row]), side: -1, odd: ODD, says: "of low contrast" },
  { value: ({ brightness }, row) => log(brightness[row]), side: -1, odd: ODD, says: "dark" },
  { value: ({ brightness }, row) => brightness[row], side: 1, odd: ODD, says: "glaring" },
];
/** Words for what is bad of an image. */
export const KINDS = [...new Set(SIGNS.map(({ says }) => says))];
const log = (value: number): number => Math.log(Math.max(1e-6, value));

/** Test images of a class that say what its images are like; with fewer its training images do. */
const ENOUGH = 20;

/**
 * Images far from the middle of their class, the worst first. The middle is that of the test images, which are what the model is
 * to be good at: where most training images are bad, their own middle is. Bad images lie on one side and stretch that side's spread:
 * the spread is taken from the other side, and is at least what the classes together have.
 */
export function badImages(view: View): Bad[] {
  const { measures, labels } = view.samples;
  if (!measures) return [];
  const worst = new Map<number, Bad>();
  for (const { value, side, odd, least, says } of SIGNS) {
    const values = Float64Array.from(labels, (_, row) => value(measures, row));
    const classes = view.classes.map((_, k) => {
      const held = view.test.filter((row) => labels[row] === k);
      const rows = held.length >= ENOUGH ? held : view.train.filter((row) => labels[row] === k);
      const own = Float64Array.from(rows, (row) => values[row]);
      return { ...middleOf(own, side), count: own.length };
    });
    const usual = quantile(
      Float64Array.from(
        classes.filter(({ count }) => count >= 5),
        ({ spread }) => spread,
      ),
      0.5,
    );
    labels.forEach((label, row) => {
      const { middle, spread, count } = classes[label];
      const scale = Math.max(spread, usual);
      if (count < 5 || !(scale > 0) || (least !== undefined && values[row] < least)) return;
      const deviations = (side * (values[row] - middle)) / scale;
      if (deviations < odd || deviations < (worst.get(row)?.deviations ?? 0)) return;
      worst.set(row, { row, deviations, says });
    });
  }
  return [...worst.values()].sort((a, b) => b.deviations - a.deviations || a.row - b.row);
}

/** Median, and the deviation of the side where nothing is bad, as that of a normal sample (1.2816: its 90th percentile). */
function middleOf(values: Float64Array, side: 1 | -1): { middle: number; spread: number } {
  if (values.length === 0) return { middle: 0, spread: 0 };
  const sorted = values.sort();
  const middle = quantile(sorted, 0.5);
  const good = quantile(sorted, side === 1 ? 0.1 : 0.9);
  return { middle, spread: Math.abs(middle - good) / 1.2816 };
}
