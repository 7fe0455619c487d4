/**
 * P-values corrected for the number of tests (Holm, 1979): step by step, the smallest p / w is multiplied by the sum of the weights
 * that are left, then made to rise. With equal weights the k-th smallest of m is multiplied by m - k + 1. A finding whose adjusted value
 * is below alpha is significant at a family-wise error rate of alpha. In input order; values that are no number count as 1.
 *
 * @param weights of the tests, fixed before their p-values are known; 1 each if left out
 */
export function holm(pValues: ArrayLike<number>, weights?: ArrayLike<number>): Float64Array {
  const count = pValues.length;
  const adjusted = new Float64Array(count);
  const weight = Float64Array.from(pValues, (_, i) => weights?.[i] ?? 1);
  const given = Float64Array.from(pValues, (p, i) => (Number.isNaN(p) ? 1 : p) / weight[i]);
  const order = Array.from(given.keys()).sort((a, b) => given[a] - given[b] || a - b);
  let left = weight.reduce((sum, each) => sum + each, 0);
  let least = 0;
  for (const index of order) {
    least = Math.max(least, Math.min(1, left * given[index]));
    adjusted[index] = least;
    left -= weight[index];
  }
  return adjusted;
}
