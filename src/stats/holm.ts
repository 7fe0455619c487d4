/**
 * P-values corrected for the number of tests (Holm, 1979): the k-th smallest of m is multiplied by m - k + 1, then made
 * to rise. A finding whose adjusted value is below alpha is significant at a family-wise error rate of alpha.
 * In input order; values that are no number count as 1.
 */
export function holm(pValues: ArrayLike<number>): Float64Array {
  const count = pValues.length;
  const adjusted = new Float64Array(count);
  const given = Float64Array.from(pValues, (p) => (Number.isNaN(p) ? 1 : p));
  const order = Array.from(given.keys()).sort((a, b) => given[a] - given[b] || a - b);
  let least = 0;
  order.forEach((index, rank) => {
    least = Math.max(least, Math.min(1, (count - rank) * given[index]));
    adjusted[index] = least;
  });
  return adjusted;
}
