/** Bins of the histogram of label scores: shards add up. */
export const SCORE_BINS = 200;
/** Standard deviation of the smoothing, in score. */
const SMOOTHING = 0.04;
/** Where the cut lies when the valley is flat, four to one against the label, and how much that says, in share of contradicted labels. */
const EXPECTED = { cut: 0.2, images: 5, share: 0.2 };
/** A label is never flagged while it is at least as plausible as its rival. */
const EVEN = 0.5;
/** The valley is looked for up to here; beyond lie the labels that the model accepts. */
const LAST = 0.65;
/** How much denser the refused labels must be than the valley for there to be two groups. */
const PEAK = 1.5;

/** The bin of a score in 0..1. */
export const scoreBin = (score: number): number => Math.min(SCORE_BINS - 1, Math.floor(score * SCORE_BINS));

export const scoreHistogram = (scores: ArrayLike<number>): Float64Array =>
  addToHistogram(new Float64Array(SCORE_BINS), scores);

export function addToHistogram(histogram: Float64Array, scores: ArrayLike<number>): Float64Array {
  for (let i = 0; i < scores.length; i++) histogram[scoreBin(scores[i])]++;
  return histogram;
}

/** Gaussian smoothing; what would leave at an end is reflected. */
function smooth(histogram: Float64Array): Float64Array {
  const width = SMOOTHING * SCORE_BINS;
  const reach = Math.ceil(4 * width);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, j) => Math.exp(-0.5 * ((j - reach) / width) ** 2));
  const sum = kernel.reduce((total, value) => total + value, 0);
  return histogram.map((_, bin) => {
    let value = 0;
    for (let j = -reach; j <= reach; j++) {
      let at = bin + j;
      if (at < 0) at = -1 - at;
      if (at >= SCORE_BINS) at = 2 * SCORE_BINS - 1 - at;
      value += (histogram[at] * kernel[j + reach]) / sum;
    }
    return value;
  });
}

/** Whether one smoothed count is above another by more than chance and by the factor that makes a group. */
function isGroup(top: number, bottom: number): boolean {
  // A smoothed count is the mean of about so many bins (the inverse of the kernel's sum of squares).
  const bins = 2 * Math.sqrt(Math.PI) * SMOOTHING * SCORE_BINS;
  return top >= PEAK * bottom && bins * (top - bottom) > 3 * Math.sqrt(bins * (top + bottom));
}

/**
 * The valley next to the accepted labels: where further groups of refused labels lie beyond the thinnest place (labels of one class
 * given to one other class by the third are refused less flatly than random ones), the valley on their far side.
 */
function beyondGroups(density: Float64Array, from: number, last: number): number {
  let valley = from;
  let top = density[from];
  let lowest = from;
  for (let bin = from + 1; bin < last; bin++) {
    if (density[bin] > top) {
      top = density[bin];
      lowest = bin;
    }
    if (density[bin] >= density[lowest]) continue;
    lowest = bin;
    const stands = density[Math.min(SCORE_BINS - 1, bin + 1)] > density[bin] || bin === last - 1;
    if (stands && isGroup(top, density[bin]) && isGroup(top, density[valley])) {
      valley = bin;
      top = density[bin];
    }
  }
  return valley;
}

/**
 * The score below which a label is called wrong, from the scores alone, whatever the noise rate.
 *
 * The scores of a dataset form two groups: labels that the model refuses, near 0, and labels that it accepts, near 1. The cut
 * is the thinnest place between them (mode method: Prewitt and Mendelsohn, 1966), where the fewest labels are in doubt. It
 * moves with the data: random mistakes are refused flatly, the refused ones crowd at zero and the cut is low, which spares hard
 * images with right labels; human mistakes gather on ambiguous images, the refused ones spread upwards and the cut follows, up
 * to one half, where it is the argmax rule. Where there are no two groups, it is that rule.
 *
 * A flat valley has no clear bottom: a weak expectation, worth a fifth of the contradicted labels and spread by the squared
 * distance from 0.2, draws the cut to where the rival is four times as plausible as the label.
 *
 * Tried and left: a fixed cut (0.25 is good for random mistakes and for 10 % human ones, and loses 0.18 of F1 at 38 %); the cut
 * that flags as many as the confident joint counts (it undercounts human mistakes: 6 of 9 %, 15 of 17 %, 27 of 38 %); as many as
 * are contradicted among the most confident half (exact for random mistakes, a half to a third of human ones). What is left on
 * the table: below 10 % random noise the best cut is lower than the valley (F1 0.80 against 0.91 at 5 % with a model that errs in
 * 6 %), since nothing in the scores tells those from human mistakes there.
 *
 * @param histogram of label scores in equal bins, `[200]`
 */
export function labelThreshold(histogram: Float64Array): number {
  const contradicted = histogram.subarray(0, EVEN * SCORE_BINS).reduce((sum, count) => sum + count, 0);
  const pull = histogram.map((_, bin) => ((bin + 0.5) / SCORE_BINS - EXPECTED.cut) ** 2);
  const scale = (EXPECTED.images + EXPECTED.share * contradicted) / pull.reduce((sum, value) => sum + value, 0);
  const density = smooth(histogram.map((count, bin) => count + scale * pull[bin]));
  const last = Math.floor(LAST * SCORE_BINS);
  let lowest = 0;
  for (let bin = 1; bin < last; bin++) if (density[bin] < density[lowest]) lowest = bin;
  lowest = beyondGroups(density, lowest, last);
  // Of labels alone: the expectation is no group of its own.
  const peak = smooth(histogram)
    .subarray(0, lowest + 1)
    .reduce((most, value) => Math.max(most, value), 0);
  if (peak < PEAK * density[lowest]) return EVEN;
  return Math.min(EVEN, (lowest + 0.5) / SCORE_BINS);
}
