export interface PriorShift {
  /** Share of images by true class, `[classes]`. */
  truth: Float64Array;
  /** Share of predictions by class, `[classes]`: mean probabilities, or counts where `hard`. */
  predicted: Float64Array;
  /** Half the sum of absolute differences: the share of predictions that would have to move (total variation). */
  distance: number;
}

/** How far the classes that a model predicts, taken together, are from those that there are. */
export function priorShift(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  { hard = false }: { hard?: boolean } = {},
): PriorShift {
  const images = labels.length;
  const truth = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  for (let i = 0; i < images; i++) {
    truth[labels[i]] += 1 / images;
    let best = 0;
    for (let k = 0; k < classes; k++) {
      const p = probabilities[i * classes + k];
      if (!hard) predicted[k] += p / images;
      if (p > probabilities[i * classes + best]) best = k;
    }
    if (hard) predicted[best] += 1 / images;
  }
  return { truth, predicted, distance: truth.reduce((sum, share, k) => sum + Math.abs(share - predicted[k]), 0) / 2 };
}
